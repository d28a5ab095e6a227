#include "server/http/nativeinvitations.h"

#include "common/invitation.h"
#include "common/jsoncodec.h"
#include "server/core/invitations.h"
#include "server/http/messageactions.h"
#include "server/http/router.h"

namespace rookery::http {

namespace {

constexpr QLatin1String roomPart("room");
constexpr QLatin1String userPart("user");
constexpr int defaultPage = 50;

/// Answers 204.
std::function<void(Result<Nothing>)> answeringNothing(const ReplyPtr &reply)
{
    return answering<Nothing>(reply, [](Reply &answer, Nothing) { answer.empty(); });
}

/// What a list is asked for with: where it goes on, and how much of it.
struct Part
{
    QString place;
    int limit = defaultPage;
};

Result<Part> readPart(const Request &request, QLatin1String placeName)
{
    const auto place = request.query(placeName);
    if (!place)
        return place.error();
    const auto limit = request.queryInteger(QLatin1String("limit"), 1, std::numeric_limits<int>::max());
    if (!limit)
        return limit.error();
    return Part{place->value_or(QString()), int(limit->value_or(defaultPage))};
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
    const auto part = readPart(request, QLatin1String("before"));
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
    const auto part = readPart(request, QLatin1String("after"));
    if (!part)
        return reply->problem(part.error());
    context.core.invitations->blocked(request.principal(), part->place, part->limit, context.owner,
        answering<store::UserPage>(reply, [](Reply &answer, const store::UserPage &page) {
            answer.json(200,
                {{QStringLiteral("users"), json::fromList(page.users, json::fromUser)},
                    {QStringLiteral("next"), page.next.isEmpty() ? QJsonValue() : page.next}});
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
    using Action = void (*)(const RouteContext &, const Request &, const ReplyPtr &);
    const auto add = [&context](Method method, const QString &pattern, Action action) {
        context.router->add(
            method, pattern, Access::User, [context, action](const Request &request, const ReplyPtr &reply) {
                action(context, request, reply);
            });
    };
    add(Method::Post, QStringLiteral("/api/v1/rooms/{room}/members"), invite);
    add(Method::Delete, QStringLiteral("/api/v1/rooms/{room}/invitations/{user}"), withdraw);
    add(Method::Get, QStringLiteral("/api/v1/invitations"), list);
    add(Method::Post, QStringLiteral("/api/v1/invitations/{room}/decline"), decline);
    add(Method::Get, QStringLiteral("/api/v1/blocked"), showBlocked);
    add(Method::Put, QStringLiteral("/api/v1/blocked/{user}"), setBlocked<true>);
    add(Method::Delete, QStringLiteral("/api/v1/blocked/{user}"), setBlocked<false>);
}

} // namespace rookery::http
