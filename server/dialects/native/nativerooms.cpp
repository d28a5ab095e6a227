// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/nativerooms.h"

#include "common/jsoncodec.h"
#include "common/pagebounds.h"
#include "common/selfjson.h"
#include "server/dialects/messageactions.h"
#include "server/dialects/native/pathparts.h"
#include "server/http/listquery.h"
#include "server/http/router.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace rookery::http {

namespace {

QJsonObject roomBody(const Room &room)
{
    return {{QStringLiteral("room"), json::fromRoom(room)}};
}

void writeNext(JsonWriter &json, const QString &next)
{
    json.name(QLatin1String("next"));
    if (next.isEmpty())
        json.raw("null");
    else
        json.value(next);
}

/// A page of a list. Written directly: for 1,000 rooms, QJsonObject costs several times as much as the rest.
template <typename Item>
void writePage(JsonWriter &json, QLatin1String name, const QList<Item> &items, const QString &next)
{
    const auto list = [&] {
        json.name(name).beginArray();
        for (const Item &item : items)
            json::write(json, item);
        json.endArray();
    };
    // JsonWriter expects the names in ascending order.
    const bool listFirst = name < QLatin1String("next");
    if (listFirst)
        list();
    writeNext(json, next);
    if (!listFirst)
        list();
}

constexpr qsizetype usualRoom = 250;

void answerDirectory(Reply &answer, const QList<Room> &rooms, const QString &next)
{
    JsonWriter json(rooms.size() * usualRoom + 128);
    json.beginObject();
    writePage(json, QLatin1String("rooms"), rooms, next);
    answer.writtenJson(200, json.endObject().take());
}

void answerRooms(Reply &answer, const store::RoomsPage &page)
{
    JsonWriter json(page.rooms.size() * usualRoom + 128);
    json.beginObject();
    writeNext(json, page.next);
    json.name(QLatin1String("rooms")).beginArray();
    for (const Room &room : page.rooms) {
        const auto mark = page.marks.constFind(room.id);
        json::write(json, room, mark == page.marks.cend() ? std::nullopt : std::optional<ReadMark>(*mark));
    }
    answer.writtenJson(200, json.endArray().endObject().take());
}

/// By name without case.
void sort(QList<Room> *rooms)
{
    // Fold each name once: a case-insensitive comparison would fold both names every time.
    std::vector<std::pair<QString, qsizetype>> order;
    order.reserve(size_t(rooms->size()));
    for (qsizetype i = 0; i < rooms->size(); ++i)
        order.emplace_back(rooms->at(i).name.toCaseFolded(), i);
    std::sort(order.begin(), order.end(), [rooms](const auto &a, const auto &b) {
        const int byName = a.first.compare(b.first);
        return byName != 0 ? byName < 0 : rooms->at(a.second).id < rooms->at(b.second).id;
    });
    QList<Room> sorted;
    sorted.reserve(rooms->size());
    for (const auto &[name, place] : order)
        sorted.append(std::move((*rooms)[place]));
    *rooms = std::move(sorted);
}

/// Answers with the room that a core service returns.
std::function<void(Result<Room>)> answeringRoom(const ReplyPtr &reply, int status = 200)
{
    return answering<Room>(reply, [status](Reply &answer, const Room &room) {
        Headers headers;
        if (status == 201)
            headers.emplaceBack("Location", "/api/v1/rooms/" + room.id.toUtf8());
        answer.json(status, roomBody(room), std::move(headers));
    });
}

Result<ListQuery> readHttpList(const Request &request)
{
    return readListQuery(request, QLatin1String("after"), pages::httpItems, pages::httpItems);
}

void listRooms(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto query = readHttpList(request);
    if (!query)
        return reply->problem(query.error());
    context.core.rooms->list(request.principal(), {{}, query->place, query->limit}, context.owner,
        answering<store::RoomsPage>(reply, [](Reply &answer, store::RoomsPage page) {
            sort(&page.rooms);
            answerRooms(answer, page);
        }));
}

void showDirectory(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto query = request.query(QLatin1String("query"));
    if (!query)
        return reply->problem(query.error());
    const auto after = request.query(QLatin1String("after"));
    if (!after)
        return reply->problem(after.error());
    const auto limit = readLimit(request, context.core.messages->largestPage());
    if (!limit)
        return reply->problem(limit.error());
    context.core.rooms->directory(request.principal(), query->value_or(QString()), after->value_or(QString()),
        *limit, context.owner,
        answering<store::Directory>(reply, [](Reply &answer, const store::Directory &found) {
            answerDirectory(answer, found.rooms, found.next);
        }));
}

void createRoom(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto body = request.json();
    if (!body)
        return reply->problem(body.error());
    const auto name = body->string(QLatin1String("name"));
    if (!name)
        return reply->problem(name.error());
    const auto isPrivate = body->optionalBool(QLatin1String("private"));
    if (!isPrivate)
        return reply->problem(isPrivate.error());
    context.core.rooms->create(request.principal(), *name,
        isPrivate->value_or(false) ? RoomKind::Private : RoomKind::Public, context.owner,
        answeringRoom(reply, 201));
}

void showMembers(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto query = readHttpList(request);
    if (!query)
        return reply->problem(query.error());
    context.core.rooms->read<core::MembersPage>(
        request.principal(), request.parameter(roomPart), context.owner,
        [context, query = *query](const Room &room, Done<core::MembersPage> done) {
            context.core.rooms->members(room, query.place, query.limit, context.owner, std::move(done));
        },
        answering<core::MembersPage>(reply, [](Reply &answer, const core::MembersPage &page) {
            constexpr qsizetype usualMember = 150;
            JsonWriter json(page.members.size() * usualMember + 128);
            json.beginObject().field(QLatin1String("member_count"), qint64(page.count));
            writePage(json, QLatin1String("members"), page.members, page.next);
            answer.writtenJson(200, json.endObject().take());
        }));
}

void openDirect(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto body = request.json();
    if (!body)
        return reply->problem(body.error());
    const auto user = body->id(QLatin1String("user"));
    if (!user)
        return reply->problem(user.error());
    context.core.rooms->openDirect(request.principal(), *user, context.owner, answeringRoom(reply));
}

} // namespace

void addNativeRooms(const RouteContext &context)
{
    addForUsers(context, Method::Get, QStringLiteral("/api/v1/rooms"), listRooms);
    addForUsers(context, Method::Post, QStringLiteral("/api/v1/rooms"), createRoom);
    addForUsers(context, Method::Get, QStringLiteral("/api/v1/rooms/directory"), showDirectory);
    addForUsers(context, Method::Get, QStringLiteral("/api/v1/rooms/{room}"),
        [](const RouteContext &in, const Request &request, const ReplyPtr &reply) {
            in.core.rooms->find(
                request.principal(), request.parameter(roomPart), in.owner, answeringRoom(reply));
        });
    addForUsers(context, Method::Post, QStringLiteral("/api/v1/rooms/{room}/join"),
        [](const RouteContext &in, const Request &request, const ReplyPtr &reply) {
            in.core.rooms->join(
                request.principal(), request.parameter(roomPart), in.owner, answeringRoom(reply));
        });
    addForUsers(context, Method::Post, QStringLiteral("/api/v1/rooms/{room}/leave"),
        [](const RouteContext &in, const Request &request, const ReplyPtr &reply) {
            in.core.rooms->leave(
                request.principal(), request.parameter(roomPart), in.owner, answeringNothing(reply));
        });
    addForUsers(context, Method::Get, QStringLiteral("/api/v1/rooms/{room}/members"), showMembers);
    addForUsers(context, Method::Post, QStringLiteral("/api/v1/direct"), openDirect);
}

} // namespace rookery::http
