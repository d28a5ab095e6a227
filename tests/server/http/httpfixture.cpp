// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/http/httpfixture.h"

#include "common/jsonreader.h"
#include "server/dialects/httpapi.h"
#include "server/net/acceptor.h"
#include "server/net/server.h"
#include "tests/server/core/corefixture.h"

#include <QDateTime>
#include <QTest>

namespace rookery::test {

namespace {

const QString issuer = QStringLiteral("test"); // CoreFixture's

} // namespace

Limits FixtureOptions::withoutRates()
{
    Limits limits;
    limits.loginsPerMinute = 0;
    limits.messagesPerSecond = 0;
    return limits;
}

HttpFixture::HttpFixture(const FixtureOptions &options)
{
    core::AccountsOptions accounts;
    accounts.limits = options.limits;
    accounts.registration = options.registration;
    accounts.guests = options.guests;
    m_core = std::make_unique<CoreFixture>(accounts, core::RoomsOptions{options.limits, true});
    m_server = std::make_unique<net::Server>(options.limits, net::makeConnectionQuota(options.limits));
    m_api = std::make_unique<http::HttpApi>(m_server.get(), core(),
        http::HttpOptions{options.serverName, options.allowedOrigins, options.limits});
    m_acceptor = std::make_unique<net::Acceptor>(std::vector<net::Server *>{m_server.get()});
    const auto url = m_acceptor->listen(QUrl(QStringLiteral("http://127.0.0.1:0")));
    if (url)
        m_port = quint16(url->port());
    else
        m_problem = url.error().detail;
}

HttpFixture::~HttpFixture() = default;

core::Core HttpFixture::core() const
{
    return m_core->thread->core();
}

Answer HttpFixture::get(const QByteArray &path, const LoggedIn &user) const
{
    return call({"GET", path, {}, user.token});
}

Answer HttpFixture::post(const QByteArray &path, const QJsonObject &body, const LoggedIn &user) const
{
    return call({"POST", path, toJson(body), user.token, {{"Content-Type", "application/json"}}});
}

LoggedIn HttpFixture::user(const QString &name) const
{
    const QJsonObject credentials{{QStringLiteral("username"), name},
        {QStringLiteral("password"), QStringLiteral("correct horse battery")}};
    const Answer registered = post("/api/v1/register", credentials);
    const Answer answer = post("/api/v1/login", credentials);
    if (registered.status != 201 || answer.status != 200) {
        qWarning("%s: %d %s, %d %s", qUtf8Printable(name), registered.status, registered.body.constData(),
            answer.status, answer.body.constData());
        return {};
    }
    const QJsonObject json = answer.json();
    return {name, json.value(QLatin1String("user")).toObject().value(QLatin1String("id")).toString(),
        json.value(QLatin1String("token")).toString().toLatin1(),
        answer.header("set-cookie").split(';').constFirst(), json.value(QLatin1String("session")).toString()};
}

QByteArray HttpFixture::tokenWithKeyOf(const QByteArray &key, const LoggedIn &user) const
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    return auth::TokenSigner(key, issuer, issuer)
        .sign({user.id, user.name, user.session, now, now.addSecs(3600)});
}

} // namespace rookery::test
