// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/room/roomroutes.h"

#include "server/core/accounts.h"
#include "server/dialects/drafts.h"
#include "server/dialects/messageactions.h"
#include "server/dialects/spelling.h"
#include "server/http/router.h"

#include <QJsonArray>

namespace rookery::http {

namespace {

void sendToRoom(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto body = request.json();
    if (!body)
        return reply->problem(body.error());
    const auto draft = dialects::readDraft(*body, spelling::message);
    if (!draft)
        return reply->problem(draft.error());
    const auto room = body->optionalString(spelling::room);
    if (!room)
        return reply->problem(room.error());

    const auto send = [context, room = *room, draft = *draft, reply](const core::Principal &principal) {
        openRoomOrLobby(context.core.rooms, context.owner, principal, room, reply,
            [context, principal, draft, reply](const Room &found) {
                sendAndConfirm(context.core.messages, context.owner, principal, found, draft,
                    QStringLiteral("Message sent!"), reply);
            });
    };
    if (!request.principal().user.id.isEmpty()) {
        send(request.principal());
        return;
    }
    context.core.accounts->guestOfAddress(
        request.client(), context.owner, [send, reply](const Result<core::Principal> &guest) {
            if (guest)
                send(*guest);
            else
                reply->problem(guest.error());
        });
}

void showHistory(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto query = readBackwardPageQuery(request, context.core.messages->largestPage());
    if (!query)
        return reply->problem(query.error());
    const auto name = request.query(spelling::room);
    if (!name)
        return reply->problem(name.error());

    // A guest who has been banned is refused here, too.
    const auto guest = request.principal().user.id.isEmpty()
        ? context.core.accounts->knownGuestOfAddress(request.client())
        : std::nullopt;
    readHistoryOfRoomOrLobby(context.core, context.owner, guest.value_or(request.principal()), *name, *query,
        reply, [](Reply &answer, const Room &room, const Page &page) {
            QJsonArray history;
            for (const RoomEvent &event : page.events)
                history.append(spelling::objectOf(spelling::roomHistory, event, {}, room.name));
            answer.json(200,
                {{QStringLiteral("chat_history"), history}, {QStringLiteral("next"), backwardCursor(page)}});
        });
}

} // namespace

void addRoomRoutes(const RouteContext &context)
{
    context.router->add(Method::Post, QStringLiteral("/chat/send"), Access::UserOrGuest,
        [context](const Request &request, const ReplyPtr &reply) { sendToRoom(context, request, reply); });
    context.router->add(Method::Get, QStringLiteral("/chat/history"), Access::UserOrGuest,
        [context](const Request &request, const ReplyPtr &reply) { showHistory(context, request, reply); });
}

} // namespace rookery::http
