// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsoncodec.h"

#include "common/events/codec.h"
#include "common/jsonfields.h"

#include <QJsonDocument>

#include <algorithm>
#include <array>

namespace rookery::json {

namespace {

struct KindName
{
    RoomKind kind;
    QLatin1String text;
};
constexpr std::array kindNames{
    KindName{RoomKind::Public, QLatin1String("public")},
    KindName{RoomKind::Private, QLatin1String("private")},
    KindName{RoomKind::Direct, QLatin1String("direct")},
};

/// Servers of version 0.1 send only whether the user is a member.
Role readRole(Fields &fields)
{
    const bool member = fields.flag(QLatin1String("member"));
    const auto text = fields.optionalString(QLatin1String("role"));
    if (!text)
        return member ? Role::Member : Role::None;
    const auto role = roleFromText(*text);
    if (!role)
        fields.fail(QLatin1String("role"), QStringLiteral("The field 'role' holds an unknown role."));
    return role.value_or(Role::None);
}

} // namespace

QJsonObject fromUser(const User &user)
{
    QJsonObject json{{QStringLiteral("id"), user.id}, {QStringLiteral("username"), user.name}};
    if (user.guest)
        json.insert(QStringLiteral("guest"), true);
    return json;
}

Result<User> toUser(const JsonReader &json)
{
    Fields fields(json);
    User user{fields.string(QLatin1String("id")), fields.string(QLatin1String("username")),
        fields.flag(QLatin1String("guest"))};
    return fields.finish(std::move(user));
}

QLatin1String roomKindText(RoomKind kind)
{
    for (const KindName &name : kindNames) {
        if (name.kind == kind)
            return name.text;
    }
    Q_UNREACHABLE();
}

QJsonObject fromRoom(const Room &room)
{
    QJsonObject json{
        {QStringLiteral("id"), room.id},
        {QStringLiteral("name"), room.name},
        {QStringLiteral("kind"), roomKindText(room.kind)},
        {QStringLiteral("epoch"), room.epoch},
        {QStringLiteral("last_seq"), room.lastSeq},
        {QStringLiteral("member"), room.isMember()},
        {QStringLiteral("role"), roleText(room.role)},
    };
    if (room.kind == RoomKind::Direct)
        json.insert(QStringLiteral("peers"), fromList(room.peers, fromUser));
    if (!room.topic.isEmpty())
        json.insert(QStringLiteral("topic"), room.topic);
    return json;
}

Result<Room> toRoom(const JsonReader &json)
{
    Fields fields(json);
    Room room;
    room.id = fields.string(QLatin1String("id"));
    room.name = fields.string(QLatin1String("name"));
    const QString kind = fields.string(QLatin1String("kind"));
    bool known = false;
    for (const KindName &name : kindNames) {
        if (kind == name.text) {
            room.kind = name.kind;
            known = true;
        }
    }
    if (!known)
        fields.fail(QLatin1String("kind"), QStringLiteral("The field 'kind' holds an unknown room kind."));
    room.epoch = fields.string(QLatin1String("epoch"));
    room.lastSeq = fields.integer(QLatin1String("last_seq"));
    room.role = readRole(fields);
    room.peers = fields.take(toList(json, QLatin1String("peers"), toUser));
    room.topic = fields.optionalString(QLatin1String("topic")).value_or(QString());
    return fields.finish(std::move(room));
}

QJsonObject fromMember(const Member &member)
{
    return {
        {QStringLiteral("user"), fromUser(member.user)},
        {QStringLiteral("member"), member.isMember()},
        {QStringLiteral("online"), member.online},
        {QStringLiteral("role"), roleText(member.role)},
    };
}

Result<Member> toMember(const JsonReader &json)
{
    Fields fields(json);
    Member member{fields.user(QLatin1String("user")), readRole(fields), fields.flag(QLatin1String("online"))};
    return fields.finish(std::move(member));
}

QJsonObject fromEvent(const RoomEvent &event)
{
    JsonWriter json;
    write(json, event);
    return QJsonDocument::fromJson(json.take()).object();
}

Result<RoomEvent> toEvent(const JsonReader &json)
{
    Fields fields(json);
    RoomEvent event;
    event.roomId = fields.string(QLatin1String("room"));
    event.seq = fields.integer(QLatin1String("seq"));
    event.id = fields.string(QLatin1String("id"));
    const QString kind = fields.string(QLatin1String("kind"));
    event.sender = fields.user(QLatin1String("sender"));
    event.clientId = fields.string(QLatin1String("client_id"));
    event.timestamp = fields.time(QLatin1String("timestamp"));
    if (!kind.isEmpty())
        event.content = fields.take(toContent(kind, json));
    else
        fields.fail(QLatin1String("kind"), QStringLiteral("The field 'kind' must not be empty."));
    return fields.finish(std::move(event));
}

QJsonObject fromPage(const Page &page)
{
    return {
        {QStringLiteral("epoch"), page.epoch},
        {QStringLiteral("events"), fromList(page.events, fromEvent)},
        {QStringLiteral("last_seq"), page.lastSeq},
        {QStringLiteral("has_more"), page.hasMore},
    };
}

Result<Page> toPage(const JsonReader &json)
{
    Fields fields(json);
    Page page;
    page.epoch = fields.string(QLatin1String("epoch"));
    page.events = fields.take(toList(json, QLatin1String("events"), toEvent));
    page.lastSeq = fields.integer(QLatin1String("last_seq"));
    page.hasMore = fields.flag(QLatin1String("has_more"));
    return fields.finish(std::move(page));
}

// In each object the names are in ascending order, as QJsonObject sorts them.

void write(JsonWriter &json, const User &user)
{
    json.beginObject();
    if (user.guest)
        json.field(QLatin1String("guest"), true);
    json.field(QLatin1String("id"), QStringView(user.id));
    json.field(QLatin1String("username"), QStringView(user.name));
    json.endObject();
}

void write(JsonWriter &json, const Room &room)
{
    json.beginObject()
        .field(QLatin1String("epoch"), room.epoch)
        .field(QLatin1String("id"), room.id)
        .field(QLatin1String("kind"), roomKindText(room.kind))
        .field(QLatin1String("last_seq"), room.lastSeq)
        .field(QLatin1String("member"), room.isMember())
        .field(QLatin1String("name"), room.name);
    if (room.kind == RoomKind::Direct) {
        json.name(QLatin1String("peers")).beginArray();
        for (const User &peer : room.peers)
            write(json, peer);
        json.endArray();
    }
    json.field(QLatin1String("role"), roleText(room.role));
    if (!room.topic.isEmpty())
        json.field(QLatin1String("topic"), room.topic);
    json.endObject();
}

void write(JsonWriter &json, const Member &member)
{
    json.beginObject()
        .field(QLatin1String("member"), member.isMember())
        .field(QLatin1String("online"), member.online)
        .field(QLatin1String("role"), roleText(member.role))
        .name(QLatin1String("user"));
    write(json, member.user);
    json.endObject();
}

void write(JsonWriter &json, const RoomEvent &event)
{
    if (const auto *unknown = event.as<Unknown>()) {
        json.raw(unknown->raw);
        return;
    }
    json.beginObject();
    json.field(QLatin1String("client_id"), QStringView(event.clientId));
    json.field(QLatin1String("id"), QStringView(event.id));
    json.field(QLatin1String("room"), QStringView(event.roomId));
    json.name(QLatin1String("sender"));
    write(json, event.sender);
    json.field(QLatin1String("seq"), event.seq);
    writeContent(json, event.content);
    json.field(QLatin1String("timestamp"), QStringView(formatTimestamp(event.timestamp)));
    json.endObject();
}

void write(JsonWriter &json, const Page &page)
{
    json.beginObject();
    json.field(QLatin1String("epoch"), QStringView(page.epoch));
    json.name(QLatin1String("events")).beginArray();
    for (const RoomEvent &event : page.events)
        write(json, event);
    json.endArray();
    json.field(QLatin1String("has_more"), page.hasMore);
    json.field(QLatin1String("last_seq"), page.lastSeq);
    json.endObject();
}

QJsonObject fromSession(const SessionInfo &session)
{
    return {
        {QStringLiteral("id"), session.id},
        {QStringLiteral("created_at"), formatTimestamp(session.createdAt)},
        {QStringLiteral("expires_at"), formatTimestamp(session.expiresAt)},
        {QStringLiteral("client"), session.client},
        {QStringLiteral("address"), session.address},
        {QStringLiteral("current"), session.current},
    };
}

Result<SessionInfo> toSession(const JsonReader &json)
{
    Fields fields(json);
    SessionInfo session;
    session.id = fields.string(QLatin1String("id"));
    session.createdAt = fields.time(QLatin1String("created_at"));
    session.expiresAt = fields.time(QLatin1String("expires_at"));
    session.client = fields.string(QLatin1String("client"));
    session.address = fields.string(QLatin1String("address"));
    session.current = fields.flag(QLatin1String("current"));
    return fields.finish(std::move(session));
}

QJsonObject fromResumePoint(const ResumePoint &point)
{
    return {
        {QStringLiteral("room"), point.room},
        {QStringLiteral("epoch"), point.epoch},
        {QStringLiteral("seq"), point.seq},
    };
}

Result<ResumePoint> toResumePoint(const JsonReader &json)
{
    Fields fields(json);
    ResumePoint point{fields.string(QLatin1String("room")), fields.string(QLatin1String("epoch")),
        fields.integer(QLatin1String("seq"))};
    return fields.finish(std::move(point));
}

QJsonObject fromError(const Error &error)
{
    QJsonObject json{
        {QStringLiteral("type"), QStringLiteral("error")},
        {QStringLiteral("error"), error.detail},
        {QStringLiteral("code"), codeText(error.code)},
    };
    if (!error.field.isEmpty())
        json.insert(QStringLiteral("field"), error.field);
    if (error.retryAfter.count() > 0)
        json.insert(QStringLiteral("retry_after_ms"), qint64(error.retryAfter.count()));
    return json;
}

Error toError(const JsonReader &json)
{
    const QJsonObject &object = json.object();
    Error error;
    error.code = codeFromText(object.value(QLatin1String("code")).toString());
    error.detail = object.value(QLatin1String("error")).toString();
    error.field = object.value(QLatin1String("field")).toString();
    // Clamped, whatever the server sent, so that timers can be set with it.
    error.retryAfter =
        std::clamp(std::chrono::milliseconds(object.value(QLatin1String("retry_after_ms")).toInteger()),
            std::chrono::milliseconds(0), std::chrono::milliseconds(std::chrono::hours(24)));
    return error;
}

} // namespace rookery::json
