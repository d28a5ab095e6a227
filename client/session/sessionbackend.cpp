// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/sessionbackend.h"
#include "client/api/requests.h"
#include "client/api/restclient.h"
#include "client/api/serveraddress.h"
#include "client/api/trust.h"
#include "client/session/session.h"

#include <QPointer>

#include <optional>

namespace rookery::client {

namespace {

/// Marks the input that an error is about, where the server has not said so.
Problem withField(Problem error)
{
    if (!error.field.isEmpty())
        return error;
    if (error.code == ErrorCode::NameTaken)
        error.field = QStringLiteral("username");
    else if (error.code == ErrorCode::BadCredentials)
        error.field = QStringLiteral("password");
    return error;
}

void answerLater(QObject *context, const Done<Account> &reply, const Problem &error)
{
    QMetaObject::invokeMethod(
        context, [reply, error] { reply(error); }, Qt::QueuedConnection);
}

std::optional<Problem> checkInput(const QString &name, const QString &password)
{
    if (name.isEmpty())
        return Problem::typed(Problem::NoUserName, QStringLiteral("username"));
    if (password.isEmpty())
        return Problem::typed(Problem::NoPassword, QStringLiteral("password"));
    return {};
}

void logInWith(
    RestClient *rest, const QString &name, const QString &password, QObject *context, Done<Account> reply)
{
    client::logIn(rest, name, password, context,
        [rest, server = rest->server(), reply = std::move(reply)](const Outcome<Login> &login) {
            rest->deleteLater();
            if (login)
                reply(Account{server, login->user, login->token});
            else
                reply(withField(login.error()));
        });
}

} // namespace

SessionBackend::SessionBackend(const QString &cacheDirectory, Trust *trust, QObject *parent)
    : QObject(parent)
    , m_cacheDirectory(cacheDirectory)
    , m_trust(trust)
{ }

RestClient *SessionBackend::prepare(const QString &server, const QString &name, const QString &password,
    QObject *context, const Done<Account> &reply)
{
    const Outcome<QUrl> url = parseServerAddress(server);
    if (!url) {
        answerLater(context, reply, url.error());
        return nullptr;
    }
    if (const auto problem = checkInput(name, password)) {
        answerLater(context, reply, *problem);
        return nullptr;
    }
    return new RestClient(*url, {}, this, std::chrono::seconds(15), m_trust);
}

std::unique_ptr<Chat> SessionBackend::open(const Account &account)
{
    return std::make_unique<Session>(account, m_cacheDirectory, m_trust);
}

bool SessionBackend::isServer(const QString &typed, const QUrl &server)
{
    const Outcome<QUrl> url = parseServerAddress(typed);
    return url && url->scheme() == server.scheme() && url->port() == server.port()
        && url->path() == server.path() && url->host().compare(server.host(), Qt::CaseInsensitive) == 0;
}

QString SessionBackend::unencryptedServer(const QString &typed)
{
    const Outcome<QUrl> url = parseServerAddress(typed);
    return url && url->scheme() == QLatin1String("http") && !isLoopback(url->host()) ? serverName(*url)
                                                                                     : QString();
}

std::optional<CertificateProblem> SessionBackend::certificateProblem(const QString &server) const
{
    const Outcome<QUrl> url = parseServerAddress(server);
    return url && m_trust ? m_trust->problem(*url) : std::nullopt;
}

bool SessionBackend::trustCertificate(const QString &server, const QString &fingerprint)
{
    const Outcome<QUrl> url = parseServerAddress(server);
    return url && m_trust && m_trust->accept(*url, fingerprint);
}

void SessionBackend::registerAccount(const QString &server, const QString &name, const QString &password,
    QObject *context, Done<Account> reply)
{
    const QString trimmed = name.trimmed();
    RestClient *rest = prepare(server, trimmed, password, context, reply);
    if (!rest)
        return;
    registerUser(rest, trimmed, password, context,
        [rest, trimmed, password, context, reply = std::move(reply)](const Outcome<Nothing> &done) {
            if (done) {
                logInWith(rest, trimmed, password, context, reply);
                return;
            }
            rest->deleteLater();
            reply(withField(done.error()));
        });
}

void SessionBackend::check(const Account &account, QObject *context, Done<Nothing> reply)
{
    auto *rest = new RestClient(account.server, account.token, this, std::chrono::seconds(15), m_trust);
    // Its own context: the client has to be deleted, whoever still wants the answer.
    rest->send({HttpMethod::Get, restPath({QStringLiteral("me")})}, rest,
        [rest, guard = QPointer<QObject>(context), reply = std::move(reply)](const Outcome<JsonReader> &me) {
            rest->deleteLater();
            if (!guard)
                return;
            if (me)
                reply(Nothing());
            else if (me.error().code == ErrorCode::Unauthorized)
                reply(Error{ErrorCode::Unauthorized, {}});
            else
                reply(me.error());
        });
}

void SessionBackend::logIn(const QString &server, const QString &name, const QString &password,
    QObject *context, Done<Account> reply)
{
    const QString trimmed = name.trimmed();
    if (RestClient *rest = prepare(server, trimmed, password, context, reply))
        logInWith(rest, trimmed, password, context, std::move(reply));
}

} // namespace rookery::client
