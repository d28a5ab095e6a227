// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/iothread.h"

#include "server/core/securitylog.h"
#include "server/dialects/httpapi.h"
#include "server/dialects/websocketapi.h"
#include "server/net/loop/eventdispatcher.h"
#include "server/net/peer/addresses.h"
#include "server/net/server.h"
#include "server/threads/postbox.h"

#include <QCoreApplication>
#include <QEvent>
#include <QThread>

#include <future>

namespace rookery {

namespace {

core::AccountsOptions accountsOptions(const config::Config &config)
{
    core::AccountsOptions options;
    options.limits = config.limits;
    options.tokenLifetime = config.tokenLifetime;
    options.registration = config.registration;
    options.guests = config.guests;
    options.admins = config.admins;
    return options;
}

const QEvent::Type stopEvent = QEvent::Type(QEvent::registerEventType());

} // namespace

class IoThread::Household : public QObject
{
public:
    Household(const config::Config &config, const core::Services &services,
        std::shared_ptr<net::ConnectionQuota> quota)
        : core(services, accountsOptions(config), {config.limits, config.createOnFirstUse})
        , server(config.limits, std::move(quota))
        , http(&server, core.core(), {config.publicName, config.allowedOrigins, config.limits})
        , webSockets(
              &server, core.core(), {config.allowedOrigins, config.limits, config.testEcho, services.reach})
    {
        server.setTrustedProxies(net::TrustedProxies(config.trustedProxies));
        server.setHostRules(net::HostRules(config.publicHosts, config.allowedOrigins));
        server.setTransportSecurity(config.hsts);
        connect(&server, &net::Server::tooManyConnections, this, [](const QHostAddress &address) {
            core::logSecurity(
                core::SecurityEvent::RateLimited, {}, net::networkOf(address), QStringLiteral("connections"));
        });
    }

    core::ThreadCore core;
    net::Server server;
    http::HttpApi http;
    ws::WebSocketApi webSockets;

    bool event(QEvent *event) override
    {
        if (event->type() != stopEvent)
            return QObject::event(event);
        server.stop();
        webSockets.goAway();
        return true;
    }
};

class IoThread::Private final : public QThread
{
public:
    Private(const config::Config &config, const core::Services &services,
        std::shared_ptr<net::ConnectionQuota> quota, std::shared_ptr<threads::Postboxes> postboxes)
        : m_config(config)
        , m_services(services)
        , m_quota(std::move(quota))
        , m_postboxes(std::move(postboxes))
    { }

    /// On its stack from ready on, until the loop ends.
    Household *household = nullptr;
    std::promise<void> ready;
    /// Beside QThread::wait(), whose order ThreadSanitizer does not see.
    std::promise<void> ended;

protected:
    void run() override
    {
        live();
        ended.set_value();
    }

private:
    void live()
    {
        Household made(m_config, m_services, m_quota);
        household = &made;
        ready.set_value();
        exec();
        m_postboxes->close();
    }

    const config::Config m_config;
    const core::Services m_services;
    const std::shared_ptr<net::ConnectionQuota> m_quota;
    const std::shared_ptr<threads::Postboxes> m_postboxes;
};

IoThread::IoThread(int number, const config::Config &config, const core::Services &services,
    std::shared_ptr<net::ConnectionQuota> quota, std::shared_ptr<threads::Postboxes> postboxes,
    QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(config, services, std::move(quota), std::move(postboxes)))
{
    d->setObjectName(QStringLiteral("io-%1").arg(number));
    if (auto dispatcher = net::makeEventDispatcher())
        d->setEventDispatcher(dispatcher.release());
    d->start();
    d->ready.get_future().wait();
    connect(&d->household->server, &net::Server::drained, this, &IoThread::drained);
}

IoThread::~IoThread()
{
    d->quit();
    d->ended.get_future().wait();
    d->wait();
}

net::Server &IoThread::server()
{
    return d->household->server;
}

void IoThread::stop()
{
    QCoreApplication::postEvent(d->household, new QEvent(stopEvent));
}

} // namespace rookery
