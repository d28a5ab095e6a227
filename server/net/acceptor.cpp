// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/acceptor.h"

#include "server/net/listener.h"
#include "server/net/peer/addresses.h"
#include "server/net/server.h"
#include "server/net/stream/tlscontext.h"

#include <QHostAddress>

#include <utility>

#include <unistd.h>

namespace rookery::net {

namespace {

Error badUrl(const QUrl &url, const QString &why)
{
    return {ErrorCode::InvalidField, QStringLiteral("Cannot listen on '%1': %2.").arg(url.toString(), why)};
}

} // namespace

Acceptor::Acceptor(std::vector<Server *> servers, QObject *parent)
    : QObject(parent)
    , m_servers(std::move(servers))
{
    Q_ASSERT(!m_servers.empty());
}

Acceptor::~Acceptor() = default;

Result<QUrl> Acceptor::listen(const QUrl &url, const std::optional<TlsFiles> &tls)
{
    if (url.scheme() == QLatin1String("unix"))
        return listenLocal(url);
    const bool secure = url.scheme() == QLatin1String("https");
    if (!secure && url.scheme() != QLatin1String("http"))
        return badUrl(url, QStringLiteral("it must begin with http://, https:// or unix:/"));
    if (url.port() < 0)
        return badUrl(url, QStringLiteral("it names no port"));
    const QString host = url.host() == QLatin1String("localhost") ? QStringLiteral("127.0.0.1") : url.host();
    const QHostAddress address(host);
    if (address.isNull())
        return badUrl(url, QStringLiteral("the host must be an IP address or 'localhost'"));
    if (!url.path().isEmpty() && url.path() != QLatin1String("/"))
        return badUrl(url, QStringLiteral("it must not have a path"));

    std::shared_ptr<TlsContext> context;
    if (secure) {
        if (!tls)
            return badUrl(url, QStringLiteral("https needs a certificate and its key"));
        auto loaded = TlsContext::load(*tls);
        if (!loaded)
            return loaded.error();
        context = std::move(loaded).value();
    }

    auto listener = std::make_unique<Listener>(context,
        [this](int descriptor, const std::shared_ptr<TlsContext> &its) { handOver(descriptor, its); });
    // [::] stands for all addresses, IPv4 included, whatever net.ipv6.bindv6only says. Beside a listener on
    // 0.0.0.0 it stands for IPv6 alone.
    const bool all = address == QHostAddress(QHostAddress::AnyIPv6)
        && listener->listen(QHostAddress(QHostAddress::Any), quint16(url.port()));
    if (!all && !listener->listen(address, quint16(url.port())))
        return badUrl(url, listener->errorString());
    QUrl taken = url;
    taken.setPath({});
    taken.setPort(listener->port());
    m_listeners.push_back(std::move(listener));
    return taken;
}

Result<QUrl> Acceptor::listenLocal(const QUrl &url)
{
    auto listener = std::make_unique<Listener>(nullptr,
        [this](int descriptor, const std::shared_ptr<TlsContext> &tls) { handOver(descriptor, tls); });
    if (const auto listening = listener->listenLocal(url.path(), m_localMode); !listening)
        return badUrl(url, listening.error().detail);
    m_listeners.push_back(std::move(listener));
    return url;
}

void Acceptor::close()
{
    m_listeners.clear();
}

void Acceptor::handOver(int descriptor, const std::shared_ptr<TlsContext> &tls)
{
    if (tls && m_gate && !m_gate(peerOf(descriptor, true).address, tls->handshakeCost())) {
        ::close(descriptor);
        return;
    }
    Server *const server = m_servers[m_next];
    m_next = (m_next + 1) % m_servers.size();
    server->admit(descriptor, tls);
}

} // namespace rookery::net
