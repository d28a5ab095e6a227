// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/messageactions.h"

#include "server/dialects/drafts.h"
#include "server/dialects/spelling.h"

namespace rookery::http {

namespace {

constexpr int defaultPage = 50;

std::function<void(Result<Room>)> usingRoom(const ReplyPtr &reply, RoomFor use)
{
    return [reply, use = std::move(use)](const Result<Room> &room) {
        if (room) {
            use(*room);
            return;
        }
        Error error = room.error();
        if (error.code == ErrorCode::InvalidField || error.code == ErrorCode::NotFound)
            error.field = QStringLiteral("room");
        reply->problem(error);
    };
}

/// NotFound is about the room.
Error ofRoom(Error error)
{
    if (error.code == ErrorCode::NotFound)
        error.field = QStringLiteral("room");
    return error;
}

} // namespace

Result<core::Draft> readBodyDraft(const Request &request, QLatin1String textField)
{
    const auto body = request.json();
    if (!body)
        return body.error();
    return dialects::readDraft(*body, textField);
}

Result<int> readLimit(const Request &request, int largestPage)
{
    const auto limit = request.queryInteger(QLatin1String("limit"), 1, largestPage);
    if (!limit)
        return limit.error();
    return int(limit->value_or(std::min(defaultPage, largestPage)));
}

Result<store::PageQuery> readBackwardPageQuery(const Request &request, int largestPage)
{
    store::PageQuery query;
    query.messagesOnly = true;
    const auto before = request.queryInteger(QLatin1String("before"), 1);
    if (!before)
        return before.error();
    query.before = *before;
    const auto limit = readLimit(request, largestPage);
    if (!limit)
        return limit.error();
    query.limit = *limit;
    return query;
}

Result<store::PageQuery> readPageQuery(const Request &request, int largestPage)
{
    auto query = readBackwardPageQuery(request, largestPage);
    if (!query)
        return query;
    query->messagesOnly = false;
    const auto after = request.queryInteger(QLatin1String("after"));
    if (!after)
        return after.error();
    query->after = *after;
    return query;
}

QJsonValue backwardCursor(const Page &page)
{
    if (!page.hasMore || page.events.isEmpty())
        return QJsonValue::Null;
    return QString::number(page.events.constFirst().seq);
}

void openRoomOrLobby(core::Rooms *rooms, QObject *context, const core::Principal &principal,
    const std::optional<QString> &name, const ReplyPtr &reply, RoomFor use)
{
    if (name)
        rooms->open(principal, *name, context, usingRoom(reply, std::move(use)));
    else
        rooms->findLobby(principal, context, usingRoom(reply, std::move(use)));
}

void readHistoryOfRoomOrLobby(const core::Core &core, QObject *context, const core::Principal &principal,
    const std::optional<QString> &name, const store::PageQuery &query, const ReplyPtr &reply, HistoryFor use)
{
    const auto look = [core, context, query, reader = principal.user, reply, use = std::move(use)](
                          const Room &room) {
        core.messages->history(reader, room, query, context, [room, reply, use](const Result<Page> &page) {
            if (page)
                use(*reply, room, *page);
            else
                reply->problem(ofRoom(page.error()));
        });
    };
    const auto show = [reply, look](const Result<Room> &room) {
        if (room)
            look(*room);
        else
            reply->problem(ofRoom(room.error()));
    };
    if (name)
        core.rooms->find(principal, *name, context, show);
    else
        core.rooms->findLobby(principal, context, show);
}

void sendAndConfirm(core::Messages *messages, QObject *context, const core::Principal &principal,
    const Room &room, const core::Draft &draft, const QString &confirmation, const ReplyPtr &reply)
{
    messages->send(principal, std::make_shared<const Room>(room), draft, spelling::message, context,
        answering<core::Sent>(reply, [confirmation](Reply &answer, const core::Sent &sent) {
            QJsonObject body = spelling::objectOf(spelling::receipt, sent.event);
            body.insert(spelling::message, confirmation);
            answer.json(200, body);
        }));
}

} // namespace rookery::http
