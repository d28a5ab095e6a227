// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/nativeaccounts.h"

#include "common/jsoncodec.h"
#include "server/dialects/accountactions.h"
#include "server/http/router.h"

namespace rookery::http {

namespace {

QJsonObject registration(const User &user)
{
    return {{QStringLiteral("user"), json::fromUser(user)}};
}

QJsonObject logInAnswer(const core::LogIn &logIn)
{
    QJsonObject answer = logInWithMessage(logIn);
    answer.insert(QStringLiteral("session"), logIn.principal.sessionId);
    return answer;
}

/// As showCaller(), and whether they are an admin of this server.
void showMe(const Request &request, const ReplyPtr &reply)
{
    const core::Principal &caller = request.principal();
    QJsonObject answer{{QStringLiteral("user"), json::fromUser(caller.user)}};
    if (caller.serverRole() == ServerRole::Admin)
        answer.insert(QStringLiteral("admin"), true);
    reply->json(200, answer);
}

} // namespace

void addNativeAccounts(const RouteContext &context)
{
    Router &router = *context.router;
    core::Accounts *accounts = context.core.accounts;
    QObject *owner = context.owner;

    addRegistration(context, QStringLiteral("/api/v1/register"), registration);
    addLogIn(context, QStringLiteral("/api/v1/login"), logInAnswer);
    router.add(Method::Post, QStringLiteral("/api/v1/logout"), Access::User,
        [accounts, owner](const Request &request, const ReplyPtr &reply) {
            endSession(accounts, owner, request, request.principal().sessionId, reply);
        });
    router.add(Method::Get, QStringLiteral("/api/v1/me"), Access::User, showMe);
    router.add(Method::Post, QStringLiteral("/api/v1/me/password"), Access::User,
        [accounts, owner](const Request &request, const ReplyPtr &reply) {
            changePassword(accounts, owner, request, reply);
        });
    router.add(Method::Get, QStringLiteral("/api/v1/users/{user}"), Access::User,
        [accounts, owner](const Request &request, const ReplyPtr &reply) {
            showUser(accounts, owner, request.parameter(QLatin1String("user")), reply);
        });
    router.add(Method::Get, QStringLiteral("/api/v1/sessions"), Access::User,
        [accounts, owner](const Request &request, const ReplyPtr &reply) {
            listSessions(accounts, owner, request, reply);
        });
    router.add(Method::Delete, QStringLiteral("/api/v1/sessions/{id}"), Access::User,
        [accounts, owner](const Request &request, const ReplyPtr &reply) {
            endSession(accounts, owner, request, request.parameter(QLatin1String("id")), reply);
        });
}

} // namespace rookery::http
