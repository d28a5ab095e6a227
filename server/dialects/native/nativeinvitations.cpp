// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/nativeinvitations.h"

#include "common/invitation.h"
#include "common/jsoncodec.h"
#include "server/core/invitations.h"
#include "server/core/messages.h"
#include "server/dialects/native/pathparts.h"
#include "server/http/listquery.h"
#include "server/http/router.h"

namespace rookery::http {

namespace {

constexpr int usualPage = 50;

Result<ListQuery> readPart(const RouteContext &context, const Request &request, QLatin1String placeName)
{
    return readListQuery(request, placeName, usualPage, context.core.messages->largestPage());
}

void invite(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto body = request.json();
    if (!body)
        return reply->problem(body.error());
    const auto user = body->id(QLatin1String("user"));
    if (!user)
        return reply->problem(user.error());
    context.core.invitations->invite(request.principal(), request.parameter(roomPart), *user, context.owner,
        answering<core::Invited>(reply, [](Reply &answer, const core::Invited &invited) {
            answer.json(200,
                {{QStringLiteral("member"), json::fromMember(invited.member)},
                    {QStringLiteral("invited"), invited.invited}});
        }));
}

void withdraw(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    context.core.invitations->withdraw(request.principal(), request.parameter(roomPart),
        request.parameter(userPart), context.owner, answeringNothing(reply));
}

void list(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto part = readPart(context, request, QLatin1String("before"));
    if (!part)
        return reply->problem(part.error());
    context.core.invitations->list(request.principal(), part->place, part->limit, context.owner,
        answering<InvitationPage>(reply, [](Reply &answer, const InvitationPage &page) {
            answer.json(200, json::fromInvitationPage(page));
        }));
}

void decline(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    bool block = false;
    if (request.hasBody()) {
        const auto body = request.json();
        if (!body)
            return reply->problem(body.error());
        const auto wish = body->optionalBool(QLatin1String("block"));
        if (!wish)
            return reply->problem(wish.error());
        block = wish->value_or(false);
    }
    context.core.invitations->decline(
        request.principal(), request.parameter(roomPart), block, context.owner, answeringNothing(reply));
}

void showBlocked(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto part = readPart(context, request, QLatin1String("after"));
    if (!part)
        return reply->problem(part.error());
    context.core.invitations->blocked(request.principal(), part->place, part->limit, context.owner,
        answering<store::UserPage>(reply, [](Reply &answer, const store::UserPage &page) {
            answer.json(200,
                {{QStringLiteral("users"), json::fromList(page.users, json::fromUser)},
                    {QStringLiteral("next"), nextPage(page.next)}});
        }));
}

template <bool blocked>
void setBlocked(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    context.core.invitations->setBlocked(
        request.principal(), request.parameter(userPart), blocked, context.owner, answeringNothing(reply));
}

} // namespace

void addNativeInvitations(const RouteContext &context)
{
    addForUsers(context, Method::Post, QStringLiteral("/api/v1/rooms/{room}/members"), invite);
    addForUsers(context, Method::Delete, QStringLiteral("/api/v1/rooms/{room}/invitations/{user}"), withdraw);
    addForUsers(context, Method::Get, QStringLiteral("/api/v1/invitations"), list);
    addForUsers(context, Method::Post, QStringLiteral("/api/v1/invitations/{room}/decline"), decline);
    addForUsers(context, Method::Get, QStringLiteral("/api/v1/blocked"), showBlocked);
    addForUsers(context, Method::Put, QStringLiteral("/api/v1/blocked/{user}"), setBlocked<true>);
    addForUsers(context, Method::Delete, QStringLiteral("/api/v1/blocked/{user}"), setBlocked<false>);
}

} // namespace rookery::http
