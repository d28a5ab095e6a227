// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/requests.h"

#include "client/api/frames.h"

#include <QUrl>

#include <algorithm>

namespace rookery::client {

namespace {

constexpr qsizetype mostTokenUnits = 8 * 1024;
/// As many rooms as a server lists in a page of the directory, at most.
constexpr qsizetype mostFoundRooms = 200;
/// And users of the list of those who are blocked.
constexpr qsizetype usersPage = 200;
/// And of the list of those who are banned from a room, which is asked for so many.
constexpr qsizetype bansPage = 200;

/// Gives the JSON of a success to `read`, and passes every error on.
template <typename T, typename Read>
Done<JsonReader> reading(Done<T> answer, Read read)
{
    return [answer = std::move(answer), read = std::move(read)](Outcome<JsonReader> json) {
        if (!json) {
            answer(json.error());
            return;
        }
        Result<T> value = read(*json);
        if (!value) {
            // What was asked for is not at fault: no field of the form should be marked.
            answer(Problem::ofServer(Problem::UnreadableAnswer, {}, value.error().detail));
            return;
        }
        answer(std::move(value).value());
    };
}

Done<JsonReader> readingNothing(Done<Nothing> answer)
{
    return reading<Nothing>(std::move(answer), [](const JsonReader &) { return Result<Nothing>(Nothing()); });
}

template <typename T>
Done<JsonReader> readingChild(Done<T> answer, QLatin1String field, Result<T> (*read)(const JsonReader &))
{
    return reading<T>(std::move(answer), [field, read](const JsonReader &json) -> Result<T> {
        const auto child = json.child(field);
        if (!child)
            return child.error();
        return read(*child);
    });
}

Done<JsonReader> readingRoom(Done<Room> answer)
{
    return readingChild<Room>(std::move(answer), QLatin1String("room"), decodeRoom);
}

RestRequest post(const QStringList &path, const QJsonObject &body = {})
{
    return {HttpMethod::Post, restPath(path), {}, body};
}

QJsonObject credentials(const QString &name, const QString &password)
{
    return {{QStringLiteral("username"), name}, {QStringLiteral("password"), password}};
}

} // namespace

void registerUser(
    Rest *rest, const QString &name, const QString &password, QObject *context, Done<Nothing> answer)
{
    rest->send(post({QStringLiteral("register")}, credentials(name, password)), context,
        readingNothing(std::move(answer)));
}

void logIn(Rest *rest, const QString &name, const QString &password, QObject *context, Done<Login> answer)
{
    rest->send(post({QStringLiteral("login")}, credentials(name, password)), context,
        reading<Login>(std::move(answer), [](const JsonReader &json) -> Result<Login> {
            const auto token = json.string(QLatin1String("token"));
            if (!token)
                return token.error();
            if (token->size() > mostTokenUnits)
                return Error{ErrorCode::InvalidField, QStringLiteral("token too long")};
            const auto child = json.child(QLatin1String("user"));
            if (!child)
                return child.error();
            const auto user = decodeUser(*child);
            if (!user)
                return user.error();
            return Login{token->toUtf8(), *user};
        }));
}

void logOut(Rest *rest, QObject *context, Done<Nothing> answer)
{
    rest->send(post({QStringLiteral("logout")}), context, readingNothing(std::move(answer)));
}

void fetchPage(
    Rest *rest, const QString &roomId, qint64 before, int limit, QObject *context, Done<Page> answer)
{
    RestRequest request{
        HttpMethod::Get, restPath({QStringLiteral("rooms"), roomId, QStringLiteral("events")})};
    if (before > 0)
        request.query.addQueryItem(QStringLiteral("before"), QString::number(before));
    request.query.addQueryItem(QStringLiteral("limit"), QString::number(limit));
    rest->send(request, context,
        reading<Page>(std::move(answer), [roomId, before, limit](const JsonReader &json) -> Result<Page> {
            auto page = decodePage(json);
            if (!page)
                return page;
            for (RoomEvent &event : page->events)
                event.roomId = roomId;
            // What was not asked for would be shown twice.
            if (before > 0)
                page->events.removeIf([before](const RoomEvent &event) { return event.seq >= before; });
            // Nor is there room for more than was asked for.
            if (page->events.size() > limit) {
                page->events.remove(0, page->events.size() - limit);
                page->hasMore = true;
            }
            if (!page->events.isEmpty())
                page->lastSeq = std::max(page->lastSeq, page->events.constLast().seq);
            return page;
        }));
}

void createRoom(Rest *rest, const QString &name, bool isPrivate, QObject *context, Done<Room> answer)
{
    const QJsonObject body{{QStringLiteral("name"), name}, {QStringLiteral("private"), isPrivate}};
    rest->send(post({QStringLiteral("rooms")}, body), context, readingRoom(std::move(answer)));
}

void joinRoom(Rest *rest, const QString &idOrName, QObject *context, Done<Room> answer)
{
    rest->send(post({QStringLiteral("rooms"), idOrName, QStringLiteral("join")}), context,
        readingRoom(std::move(answer)));
}

void leaveRoom(Rest *rest, const QString &roomId, QObject *context, Done<Nothing> answer)
{
    rest->send(post({QStringLiteral("rooms"), roomId, QStringLiteral("leave")}), context,
        readingNothing(std::move(answer)));
}

void inviteUser(
    Rest *rest, const QString &roomId, const QString &userName, QObject *context, Done<Member> answer)
{
    rest->send(post({QStringLiteral("rooms"), roomId, QStringLiteral("members")},
                   {{QStringLiteral("user"), userName}}),
        context, readingChild<Member>(std::move(answer), QLatin1String("member"), decodeMember));
}

void fetchInvitations(Rest *rest, QObject *context, Done<QList<Invitation>> answer)
{
    rest->send({HttpMethod::Get, restPath({QStringLiteral("invitations")})}, context,
        reading<QList<Invitation>>(std::move(answer),
            [](const JsonReader &json) -> Result<QList<Invitation>> { return decodeInvitations(json); }));
}

void declineInvitation(Rest *rest, const QString &roomId, bool block, QObject *context, Done<Nothing> answer)
{
    rest->send(post({QStringLiteral("invitations"), roomId, QStringLiteral("decline")},
                   {{QStringLiteral("block"), block}}),
        context, readingNothing(std::move(answer)));
}

void fetchBlocked(Rest *rest, const QString &after, QObject *context, Done<UsersFound> answer)
{
    RestRequest request{HttpMethod::Get, restPath({QStringLiteral("blocked")})};
    if (!after.isEmpty())
        request.query.addQueryItem(
            QStringLiteral("after"), QString::fromLatin1(QUrl::toPercentEncoding(after)));
    rest->send(request, context,
        reading<UsersFound>(std::move(answer), [](const JsonReader &json) -> Result<UsersFound> {
            return UsersFound{decodeUsers(json, QLatin1String("users")).mid(0, usersPage),
                decodeNext(json, QLatin1String("next"))};
        }));
}

void blockUser(Rest *rest, const QString &user, bool isBlocked, QObject *context, Done<Nothing> answer)
{
    rest->send(
        {isBlocked ? HttpMethod::Put : HttpMethod::Delete, restPath({QStringLiteral("blocked"), user})},
        context, readingNothing(std::move(answer)));
}

void fetchVersions(
    Rest *rest, const QString &roomId, qint64 seq, qint64 before, QObject *context, Done<VersionPage> answer)
{
    RestRequest request{HttpMethod::Get,
        restPath({QStringLiteral("rooms"), roomId, QStringLiteral("messages"), QString::number(seq),
            QStringLiteral("versions")})};
    if (before > 0)
        request.query.addQueryItem(QStringLiteral("before"), QString::number(before));
    rest->send(request, context,
        reading<VersionPage>(std::move(answer), [before](const JsonReader &json) -> Result<VersionPage> {
            return decodeVersions(json, before);
        }));
}

void changeRoom(Rest *rest, const QString &roomId, const std::optional<QString> &name,
    const std::optional<QString> &topic, QObject *context, Done<Room> answer)
{
    RestRequest request{HttpMethod::Patch, restPath({QStringLiteral("rooms"), roomId})};
    if (name)
        request.body.insert(QStringLiteral("name"), *name);
    if (topic)
        request.body.insert(QStringLiteral("topic"), *topic);
    rest->send(request, context, readingRoom(std::move(answer)));
}

void setRole(Rest *rest, const QString &roomId, const QString &userId, Role role, QObject *context,
    Done<Nothing> answer)
{
    rest->send(
        {HttpMethod::Put, restPath({QStringLiteral("rooms"), roomId, QStringLiteral("members"), userId}), {},
            {{QStringLiteral("role"), roleText(role)}}},
        context, readingNothing(std::move(answer)));
}

void fetchBans(
    Rest *rest, const QString &roomId, const QString &after, QObject *context, Done<BanPage> answer)
{
    RestRequest request{HttpMethod::Get, restPath({QStringLiteral("rooms"), roomId, QStringLiteral("bans")})};
    request.query.addQueryItem(QStringLiteral("limit"), QString::number(bansPage));
    if (!after.isEmpty())
        request.query.addQueryItem(
            QStringLiteral("after"), QString::fromLatin1(QUrl::toPercentEncoding(after)));
    rest->send(
        request, context, reading<BanPage>(std::move(answer), [](const JsonReader &json) -> Result<BanPage> {
            return BanPage{decodeBans(json, QLatin1String("bans")).mid(0, bansPage),
                decodeNext(json, QLatin1String("next"))};
        }));
}

void openDirectRoom(Rest *rest, const QString &userName, QObject *context, Done<Room> answer)
{
    rest->send(post({QStringLiteral("direct")}, {{QStringLiteral("user"), userName}}), context,
        readingRoom(std::move(answer)));
}

void findPublicRooms(
    Rest *rest, const QString &query, const QString &after, QObject *context, Done<RoomsFound> answer)
{
    RestRequest request{HttpMethod::Get, restPath({QStringLiteral("rooms"), QStringLiteral("directory")})};
    const auto add = [&request](const QString &name, const QString &value) {
        if (!value.isEmpty())
            request.query.addQueryItem(name, QString::fromLatin1(QUrl::toPercentEncoding(value)));
    };
    add(QStringLiteral("query"), query);
    add(QStringLiteral("after"), after);
    rest->send(request, context,
        reading<RoomsFound>(std::move(answer), [](const JsonReader &json) -> Result<RoomsFound> {
            return RoomsFound{decodeRooms(json, QLatin1String("rooms")).mid(0, mostFoundRooms),
                decodeNext(json, QLatin1String("next"))};
        }));
}

} // namespace rookery::client
