// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/personal/personallobby.h"

#include "server/dialects/accountactions.h"
#include "server/dialects/messageactions.h"
#include "server/dialects/spelling.h"
#include "server/http/router.h"

namespace rookery::http {

namespace {

void sendToLobby(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto draft = readBodyDraft(request, spelling::message);
    if (!draft)
        return reply->problem(draft.error());
    const core::Principal principal = request.principal();
    openRoomOrLobby(context.core.rooms, context.owner, principal, {}, reply,
        [context, principal, draft = *draft, reply](const Room &lobby) {
            sendAndConfirm(context.core.messages, context.owner, principal, lobby, draft,
                QStringLiteral("Message sent successfully"), reply);
        });
}

} // namespace

void addPersonalLobby(const RouteContext &context)
{
    Router &router = *context.router;
    addRegistration(context, QStringLiteral("/api/auth/register"), registrationWithMessage);
    addLogIn(context, QStringLiteral("/api/auth/login"), logInWithMessage);
    router.add(Method::Get, QStringLiteral("/api/users/profile"), Access::User, showCaller);
    router.add(Method::Post, QStringLiteral("/api/chats/send"), Access::User,
        [context](const Request &request, const ReplyPtr &reply) { sendToLobby(context, request, reply); });
}

} // namespace rookery::http
