// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/direct/directroutes.h"

#include "common/jsoncodec.h"
#include "server/dialects/accountactions.h"
#include "server/dialects/messageactions.h"
#include "server/dialects/spelling.h"
#include "server/http/router.h"

#include <algorithm>

namespace rookery::http {

namespace {

/// `other`: whom the caller talks with.
QJsonObject messageOf(const RoomEvent &event, const User &caller, const User &other)
{
    return spelling::objectOf(spelling::direct, event, event.sender.id == caller.id ? other : caller);
}

void answerPage(Reply &reply, const Page &page, const User &caller, const User &other)
{
    QJsonArray messages;
    for (const RoomEvent &event : page.events)
        messages.append(messageOf(event, caller, other));
    reply.json(200, {{QStringLiteral("messages"), messages}, {QStringLiteral("next"), backwardCursor(page)}});
}

/// The history with one other user. Looking must not open a conversation, so the direct room is searched for
/// among the caller's and not asked for by core::Rooms::openDirect.
void listMessages(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto with = request.requiredQuery(QLatin1String("with"));
    if (!with)
        return reply->problem(with.error());
    const auto query = readBackwardPageQuery(request, context.core.messages->largestPage());
    if (!query)
        return reply->problem(query.error());

    const core::Principal principal = request.principal();
    const auto showRoom = [context, principal, query = *query, reply](const User &other, const Room &room) {
        context.core.messages->history(principal.user, room, query, context.owner,
            answering<Page>(reply, [caller = principal.user, other](Reply &answer, const Page &page) {
                answerPage(answer, page, caller, other);
            }));
    };
    const auto findRoom = [context, principal, showRoom, reply](Reply &, const User &other) {
        context.core.rooms->findDirect(
            principal, other, context.owner, [other, principal, showRoom, reply](const Result<Room> &room) {
                if (room)
                    showRoom(other, *room);
                else if (room.error().code == ErrorCode::NotFound)
                    answerPage(*reply, {}, principal.user, other);
                else
                    reply->problem(room.error());
            });
    };
    context.core.accounts->findUser(*with, context.owner, [findRoom, reply](const Result<User> &found) {
        if (!found) {
            Error error = found.error();
            error.field = QStringLiteral("with");
            return reply->problem(error);
        }
        findRoom(*reply, *found);
    });
}

} // namespace

void addDirectRoutes(const RouteContext &context)
{
    Router &router = *context.router;
    core::Accounts *accounts = context.core.accounts;
    QObject *owner = context.owner;

    addRegistration(context, QStringLiteral("/register"), registrationWithMessage);
    addLogIn(context, QStringLiteral("/login"), logInWithMessage);
    router.add(Method::Get, QStringLiteral("/users/{name}"), Access::User,
        [accounts, owner](const Request &request, const ReplyPtr &reply) {
            showUser(accounts, owner, request.parameter(QLatin1String("name")), reply);
        });
    router.add(Method::Get, QStringLiteral("/messages"), Access::User,
        [context](const Request &request, const ReplyPtr &reply) { listMessages(context, request, reply); });
    router.add(Method::Get, QStringLiteral("/sessions"), Access::User,
        [accounts, owner](const Request &request, const ReplyPtr &reply) {
            listSessions(accounts, owner, request, reply);
        });
    router.add(Method::Delete, QStringLiteral("/sessions/{id}"), Access::User,
        [accounts, owner](const Request &request, const ReplyPtr &reply) {
            endSession(accounts, owner, request, request.parameter(QLatin1String("id")), reply);
        });
}

} // namespace rookery::http
