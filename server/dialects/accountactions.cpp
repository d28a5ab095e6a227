// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/accountactions.h"

#include "common/jsoncodec.h"
#include "server/auth/devicecookie.h"
#include "server/auth/presented.h"
#include "server/http/router.h"

namespace rookery::http {

namespace {

struct NameAndPassword
{
    QString name;
    QString password;
};

Result<NameAndPassword> nameAndPassword(const Request &request)
{
    const auto body = request.json();
    if (!body)
        return body.error();
    auto name = body->string(QLatin1String("username"));
    if (!name)
        return name.error();
    auto password = body->string(QLatin1String("password"));
    if (!password)
        return password.error();
    return NameAndPassword{std::move(name).value(), std::move(password).value()};
}

void registerUser(core::Accounts *accounts, QObject *context, const Request &request, const ReplyPtr &reply,
    RegistrationForm form)
{
    const auto given = nameAndPassword(request);
    if (!given) {
        reply->problem(given.error());
        return;
    }
    accounts->registerUser(given->name, given->password, request.client(), context,
        answering<User>(reply, [form](Reply &answer, const User &user) { answer.json(201, form(user)); }));
}

void logIn(
    core::Accounts *accounts, QObject *context, const Request &request, const ReplyPtr &reply, LogInForm form)
{
    const auto given = nameAndPassword(request);
    if (!given) {
        reply->problem(given.error());
        return;
    }
    accounts->logIn(given->name, given->password, request.client(), context,
        answering<core::LogIn>(reply,
            [form, withCookie = request.originAllowed(), secure = request.secure()](
                Reply &answer, const core::LogIn &logIn) {
                Headers headers;
                if (withCookie) {
                    headers.emplaceBack(
                        "Set-Cookie", auth::sessionCookie(logIn.token, logIn.expiresAt, secure));
                    headers.emplaceBack(
                        "Set-Cookie", auth::deviceCookie(logIn.device, auth::DeviceSigner::lifetime, secure));
                }
                answer.json(200, form(logIn), std::move(headers));
            }));
}

} // namespace

void addRegistration(const RouteContext &context, const QString &path, RegistrationForm form)
{
    context.router->add(
        Method::Post, path, Access::Public, [context, form](const Request &request, const ReplyPtr &reply) {
            registerUser(context.core.accounts, context.owner, request, reply, form);
        });
}

void addLogIn(const RouteContext &context, const QString &path, LogInForm form)
{
    context.router->add(
        Method::Post, path, Access::Public, [context, form](const Request &request, const ReplyPtr &reply) {
            logIn(context.core.accounts, context.owner, request, reply, form);
        });
}

void changePassword(core::Accounts *accounts, QObject *context, const Request &request, const ReplyPtr &reply)
{
    const auto body = request.json();
    if (!body)
        return reply->problem(body.error());
    const auto current = body->string(QLatin1String("current"));
    if (!current)
        return reply->problem(current.error());
    const auto fresh = body->string(QLatin1String("new"));
    if (!fresh)
        return reply->problem(fresh.error());
    accounts->changePassword(
        request.principal(), *current, *fresh, request.client(), context, answeringNothing(reply));
}

void listSessions(core::Accounts *accounts, QObject *context, const Request &request, const ReplyPtr &reply)
{
    accounts->sessions(request.principal(), context,
        answering<QList<SessionInfo>>(reply, [](Reply &answer, const QList<SessionInfo> &sessions) {
            answer.json(200, {{QStringLiteral("sessions"), json::fromList(sessions, json::fromSession)}});
        }));
}

void endSession(core::Accounts *accounts, QObject *context, const Request &request, const QString &sessionId,
    const ReplyPtr &reply)
{
    const bool own = sessionId.compare(request.principal().sessionId, Qt::CaseInsensitive) == 0;
    accounts->revoke(request.principal(), sessionId, request.client(), context,
        answering<Nothing>(reply, [own, secure = request.secure()](Reply &answer, Nothing) {
            answer.empty(own ? Headers{{"Set-Cookie", auth::clearedSessionCookie(secure)}} : Headers());
        }));
}

void showUser(core::Accounts *accounts, QObject *context, const QString &idOrName, const ReplyPtr &reply)
{
    accounts->findUser(idOrName, context, answering<User>(reply, [](Reply &answer, const User &user) {
        answer.json(200, {{QStringLiteral("user"), json::fromUser(user)}});
    }));
}

void showCaller(const Request &request, const ReplyPtr &reply)
{
    JsonWriter json(128);
    json.beginObject().name(QLatin1String("user"));
    json::write(json, request.principal().user);
    json.endObject();
    reply->writtenJson(200, json.take());
}

QJsonObject registrationWithMessage(const User &user)
{
    return {
        {QStringLiteral("message"), QStringLiteral("User registered successfully")},
        {QStringLiteral("user"), json::fromUser(user)},
    };
}

QJsonObject logInWithMessage(const core::LogIn &logIn)
{
    // Rounded: the log-in took some milliseconds of the lifetime that the operator set.
    const qint64 seconds = (QDateTime::currentDateTimeUtc().msecsTo(logIn.expiresAt) + 999) / 1000;
    return {
        {QStringLiteral("message"), QStringLiteral("Login successful")},
        {QStringLiteral("token"), QString::fromLatin1(logIn.token)},
        {QStringLiteral("user"), json::fromUser(logIn.principal.user)},
        {QStringLiteral("expires_at"), formatTimestamp(logIn.expiresAt)},
        {QStringLiteral("expires_in"), seconds},
    };
}

} // namespace rookery::http
