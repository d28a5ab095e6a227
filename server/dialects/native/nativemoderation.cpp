// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/nativemoderation.h"

#include "common/ban.h"
#include "common/jsoncodec.h"
#include "common/pagebounds.h"
#include "server/core/moderation.h"
#include "server/dialects/native/pathparts.h"
#include "server/http/listquery.h"
#include "server/http/router.h"

namespace rookery::http {

namespace {

constexpr QLatin1String roleField("role");

void changeRoom(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto body = request.json();
    if (!body)
        return reply->problem(body.error());
    const auto name = body->optionalString(QLatin1String("name"));
    if (!name)
        return reply->problem(name.error());
    const auto topic = body->optionalString(QLatin1String("topic"));
    if (!topic)
        return reply->problem(topic.error());
    context.core.moderation->change(request.principal(), request.parameter(roomPart), {*name, *topic},
        context.owner, answering<Room>(reply, [](Reply &answer, const Room &room) {
            answer.json(200, {{QStringLiteral("room"), json::fromRoom(room)}});
        }));
}

void setRole(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto body = request.json();
    if (!body)
        return reply->problem(body.error());
    const auto text = body->string(roleField);
    if (!text)
        return reply->problem(text.error());
    // An unknown role is answered like one that cannot be assigned.
    const Role role = roleFromText(*text).value_or(Role::Invited);
    context.core.moderation->setRole(request.principal(), request.parameter(roomPart),
        request.parameter(userPart), role, context.owner,
        answering<Member>(reply, [](Reply &answer, const Member &member) {
            answer.json(200, {{QStringLiteral("member"), json::fromMember(member)}});
        }));
}

void removeMember(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    context.core.moderation->remove(request.principal(), request.parameter(roomPart),
        request.parameter(userPart), context.owner, answeringNothing(reply));
}

void showBans(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto query = readListQuery(request, QLatin1String("after"), pages::httpItems, pages::httpItems);
    if (!query)
        return reply->problem(query.error());
    context.core.moderation->bans(request.principal(), request.parameter(roomPart), query->place,
        query->limit, context.owner, answering<BanPage>(reply, [](Reply &answer, const BanPage &page) {
            answer.json(200, json::fromBanPage(page));
        }));
}

} // namespace

void addNativeModeration(const RouteContext &context)
{
    const auto member = QStringLiteral("/api/v1/rooms/{room}/members/{user}");
    addForUsers(context, Method::Patch, QStringLiteral("/api/v1/rooms/{room}"), changeRoom);
    addForUsers(context, Method::Put, member, setRole);
    addForUsers(context, Method::Delete, member, removeMember);
    addForUsers(context, Method::Get, QStringLiteral("/api/v1/rooms/{room}/bans"), showBans);
}

} // namespace rookery::http
