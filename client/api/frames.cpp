// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/frames.h"

#include "client/api/selfframes.h"
#include "common/text.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace rookery::client {

namespace {

/// A direct room has two.
constexpr qsizetype mostPeers = 16;
/// Of a message, whatever the server takes: longer ones could not be shown whole.
constexpr qint64 mostCharacters = 65'536;
/// Of an event that this version cannot read.
constexpr qsizetype rawBytes = 256 * 1024;

Error tooLong()
{
    return {ErrorCode::InvalidField, QStringLiteral("name or id too long")};
}

bool fit(std::initializer_list<QString> names)
{
    return std::all_of(
        names.begin(), names.end(), [](const QString &name) { return name.size() <= nameUnits; });
}

QString optionalRef(const JsonReader &json)
{
    const auto ref = json.id(QLatin1String("ref"));
    return ref ? *ref : QString();
}

template <typename T>
QList<T> readable(const JsonReader &json, QLatin1String field, Result<T> (*read)(const JsonReader &))
{
    QList<T> items;
    const QJsonArray array = json.object().value(field).toArray();
    items.reserve(array.size());
    for (const QJsonValue &value : array) {
        if (auto item = read(JsonReader(value.toObject())))
            items.append(std::move(item).value());
    }
    return items;
}

void boundText(QString *text)
{
    if (text->size() > textUnits)
        *text = rookery::text::cut(*text, textUnits) + QStringLiteral("…");
}

/// Kept for a version that can read it, as far as that is not too much.
Unknown keptRaw(const QString &kind, const QByteArray &raw)
{
    return {text::cut(kind, nameUnits), raw.size() <= rawBytes ? raw : QByteArray("{}")};
}

bool fits(const EventContent &content)
{
    const auto *member = std::get_if<MemberChanged>(&content);
    const auto *room = std::get_if<RoomChanged>(&content);
    return (!member || fit({member->user.id, member->user.name}))
        && (!room || fit({room->name.value_or(QString()), room->topic.value_or(QString()).left(nameUnits)}));
}

void bound(EventContent *content)
{
    if (auto *posted = std::get_if<Posted>(content))
        boundText(&posted->text);
    else if (auto *edited = std::get_if<Edited>(content); edited && edited->text)
        boundText(&*edited->text);
    else if (auto *room = std::get_if<RoomChanged>(content); room && room->topic)
        room->topic = shortened(*room->topic);
    else if (const auto *unknown = std::get_if<Unknown>(content))
        *content = keptRaw(unknown->kind, unknown->raw);
}

Result<RoomEvent> readEvent(const JsonReader &json, const QString &fallbackRoom = {})
{
    auto event = json::toEvent(json);
    const bool isKept = event
        && fit({event->roomId, event->id, event->clientId, event->sender.id, event->sender.name})
        && fits(event->content);
    if (isKept) {
        bound(&event->content);
        return event;
    }
    const auto seq = json.integer(QLatin1String("seq"), 1);
    const auto room = json.string(QLatin1String("room"));
    if (!seq || (!room && fallbackRoom.isEmpty()) || (room && !fit({*room})))
        return event ? tooLong() : event.error();
    RoomEvent placeholder = placeholderFor(room ? *room : fallbackRoom, *seq);
    placeholder.content =
        keptRaw(json.object().value(QLatin1String("kind")).toString(), toJson(json.object()));
    const QDateTime time = parseTimestamp(json.object().value(QLatin1String("timestamp")).toString());
    if (time.isValid())
        placeholder.timestamp = time;
    return placeholder;
}

/// `otherwise` where the field is missing or no number from 1 on.
qint64 limitOr(qint64 otherwise, const JsonReader &limits, QLatin1String field, qint64 least = 1)
{
    const auto number = limits.optionalInteger(field);
    return number && *number && **number >= least ? **number : otherwise;
}

ServerLimits decodeLimits(const JsonReader &hello)
{
    ServerLimits limits;
    const auto json = hello.child(QLatin1String("limits"));
    if (!json)
        return limits;
    const auto characters = [&](QLatin1String field, int otherwise, qint64 most) {
        return int(std::min(limitOr(otherwise, *json, field), most));
    };
    // As far as it can be shown.
    limits.messageCharacters =
        characters(QLatin1String("message_characters"), limits.messageCharacters, mostCharacters);
    limits.roomNameCharacters =
        characters(QLatin1String("room_name_characters"), limits.roomNameCharacters, nameUnits);
    limits.topicCharacters =
        characters(QLatin1String("topic_characters"), limits.topicCharacters, mostCharacters);
    limits.editWindow = std::chrono::milliseconds(
        limitOr(limits.editWindow.count(), *json, QLatin1String("edit_window_ms"), 0));
    limits.frameBytes = limitOr(limits.frameBytes, *json, QLatin1String("websocket_message_bytes"));
    return limits;
}

Result<ServerFrame> readHello(const JsonReader &json)
{
    const auto userJson = json.child(QLatin1String("user"));
    if (!userJson)
        return userJson.error();
    const auto user = decodeUser(*userJson);
    if (!user)
        return user.error();
    const auto heartbeat = json.optionalInteger(QLatin1String("heartbeat_ms"));
    const bool isAdmin = json.object().value(QLatin1String("admin")).toBool();
    return ServerFrame(HelloFrame{optionalRef(json), *user,
        std::chrono::milliseconds(heartbeat ? heartbeat->value_or(0) : 0),
        decodeRooms(json, QLatin1String("rooms")), decodeNext(json, QLatin1String("next")),
        decodeLimits(json), decodeMarks(json, QLatin1String("rooms")), json.has(QLatin1String("self")),
        isAdmin});
}

Result<ServerFrame> readRooms(const JsonReader &json)
{
    return ServerFrame(RoomsFrame{optionalRef(json), decodeRooms(json, QLatin1String("rooms")),
        decodeNext(json, QLatin1String("next")), decodeMarks(json, QLatin1String("rooms"))});
}

MembersPage membersPage(const JsonReader &json, QLatin1String next)
{
    MembersPage page{decodeMembers(json, QLatin1String("members")), decodeNext(json, next), 0};
    const auto count = json.optionalInteger(QLatin1String("member_count"));
    // A server of the first version sends everybody and no count.
    page.count = count ? count->value_or(page.members.size()) : page.members.size();
    return page;
}

Result<Room> readRoom(const JsonReader &json)
{
    const auto child = json.child(QLatin1String("room"));
    if (!child)
        return child.error();
    return decodeRoom(*child);
}

Result<ServerFrame> readSubscribed(const JsonReader &json)
{
    auto room = readRoom(json);
    if (!room)
        return room.error();
    return ServerFrame(
        SubscribedFrame{optionalRef(json), *room, membersPage(json, QLatin1String("members_next"))});
}

Result<ServerFrame> readMembers(const JsonReader &json)
{
    const auto room = json.string(QLatin1String("room"));
    if (!room)
        return room.error();
    return ServerFrame(MembersFrame{optionalRef(json), *room, membersPage(json, QLatin1String("next"))});
}

Result<ServerFrame> readPresence(const JsonReader &json)
{
    const auto room = json.string(QLatin1String("room"));
    if (!room)
        return room.error();
    const auto online = json.optionalInteger(QLatin1String("online"));
    const auto missed = json.optionalBool(QLatin1String("missed"));
    return ServerFrame(
        PresenceFrame{*room, online ? online->value_or(0) : 0, missed && missed->value_or(false)});
}

Result<ServerFrame> readReset(const JsonReader &json)
{
    auto room = readRoom(json);
    if (!room)
        return room.error();
    return ServerFrame(ResetFrame{*room});
}

Result<ServerFrame> readEventFrame(const JsonReader &json)
{
    const auto child = json.child(QLatin1String("event"));
    if (!child)
        return child.error();
    auto event = readEvent(*child);
    if (!event)
        return event.error();
    return ServerFrame(EventFrame{std::move(event).value()});
}

Result<ServerFrame> readAck(const JsonReader &json)
{
    const auto room = json.string(QLatin1String("room"));
    if (!room)
        return room.error();
    const auto seq = json.integer(QLatin1String("seq"), 1);
    if (!seq)
        return seq.error();
    const auto clientId = json.optionalString(QLatin1String("client_id"));
    const QDateTime time = parseTimestamp(json.object().value(QLatin1String("timestamp")).toString());
    return ServerFrame(
        AckFrame{optionalRef(json), *room, *seq, clientId ? clientId->value_or(QString()) : QString(), time});
}

Result<ServerFrame> readMember(const JsonReader &json)
{
    const auto room = json.string(QLatin1String("room"));
    if (!room)
        return room.error();
    const auto member = decodeMember(json);
    if (!member)
        return member.error();
    return ServerFrame(MemberFrame{*room, *member});
}

Result<ServerFrame> readRoomAdded(const JsonReader &json)
{
    auto room = readRoom(json);
    if (!room)
        return room.error();
    return ServerFrame(RoomAddedFrame{*room});
}

Result<ServerFrame> readRoomRemoved(const JsonReader &json)
{
    const auto room = json.string(QLatin1String("room"));
    if (!room)
        return room.error();
    return ServerFrame(RoomRemovedFrame{*room});
}

Result<ServerFrame> readInvited(const JsonReader &json)
{
    const auto child = json.child(QLatin1String("invitation"));
    if (!child)
        return child.error();
    auto invitation = decodeInvitation(*child);
    if (!invitation)
        return invitation.error();
    return ServerFrame(InvitedFrame{std::move(invitation).value()});
}

Result<ServerFrame> readInvitationEnded(const JsonReader &json)
{
    const auto room = json.string(QLatin1String("room"));
    if (!room)
        return room.error();
    return ServerFrame(InvitationEndedFrame{*room});
}

Result<ServerFrame> readUnsubscribed(const JsonReader &json)
{
    const auto room = json.string(QLatin1String("room"));
    if (!room)
        return room.error();
    return ServerFrame(UnsubscribedFrame{optionalRef(json), *room});
}

Result<ServerFrame> readError(const JsonReader &json)
{
    ErrorFrame frame{
        optionalRef(json), json.object().value(QLatin1String("room")).toString(), json::toError(json)};
    frame.error.detail = shortened(frame.error.detail);
    return ServerFrame(std::move(frame));
}

Result<ServerFrame> readGoingAway(const JsonReader &json)
{
    const auto retry = json.optionalInteger(QLatin1String("retry_after_ms"));
    return ServerFrame(GoingAwayFrame{std::chrono::milliseconds(retry ? retry->value_or(0) : 0)});
}

Result<ServerFrame> readPong(const JsonReader &json)
{
    return ServerFrame(PongFrame{optionalRef(json)});
}

struct FrameType
{
    QLatin1String type;
    Result<ServerFrame> (*read)(const JsonReader &);
};
constexpr std::array frameTypes{
    FrameType{QLatin1String("event"), readEventFrame},
    FrameType{QLatin1String("member"), readMember},
    FrameType{QLatin1String("ack"), readAck},
    FrameType{QLatin1String("pong"), readPong},
    FrameType{QLatin1String("subscribed"), readSubscribed},
    FrameType{QLatin1String("members"), readMembers},
    FrameType{QLatin1String("presence"), readPresence},
    FrameType{QLatin1String("rooms"), readRooms},
    FrameType{QLatin1String("error"), readError},
    FrameType{QLatin1String("hello"), readHello},
    FrameType{QLatin1String("reset"), readReset},
    FrameType{QLatin1String("room_added"), readRoomAdded},
    FrameType{QLatin1String("room_removed"), readRoomRemoved},
    FrameType{QLatin1String("invited"), readInvited},
    FrameType{QLatin1String("invitation_ended"), readInvitationEnded},
    FrameType{QLatin1String("unsubscribed"), readUnsubscribed},
    FrameType{QLatin1String("going_away"), readGoingAway},
    FrameType{QLatin1String("self"), decodeSelfFrame},
    FrameType{QLatin1String("marked"), decodeMarkedFrame},
};

QJsonObject request(const QString &type)
{
    return {{QStringLiteral("type"), type}};
}

} // namespace

Result<ServerFrame> decodeFrame(const QByteArray &utf8)
{
    const auto json = JsonReader::parse(utf8);
    if (!json)
        return json.error();
    const auto type = json->string(QLatin1String("type"));
    if (!type)
        return type.error();
    for (const FrameType &known : frameTypes) {
        if (*type == known.type)
            return known.read(*json);
    }
    return ServerFrame(UnknownFrame{optionalRef(*json)});
}

QString refOf(const ServerFrame &frame)
{
    return std::visit(
        [](const auto &each) {
            if constexpr (requires { each.ref; })
                return each.ref;
            else
                return QString();
        },
        frame);
}

Result<Page> decodePage(const JsonReader &json)
{
    const auto epoch = json.string(QLatin1String("epoch"));
    if (!epoch)
        return epoch.error();
    const auto array = json.optionalArray(QLatin1String("events"));
    if (!array)
        return array.error();
    if (!fit({*epoch}))
        return tooLong();
    const auto lastSeq = json.integer(QLatin1String("last_seq"));
    if (!lastSeq)
        return lastSeq.error();
    const auto hasMore = json.optionalBool(QLatin1String("has_more"));
    if (!hasMore)
        return hasMore.error();

    Page page{*epoch, {}, *lastSeq, hasMore->value_or(false)};
    page.events.reserve(array->size());
    for (const QJsonValue &value : *array) {
        auto event = readEvent(JsonReader(value.toObject()), QStringLiteral("?"));
        // Out of order would break every search by seq later on.
        if (event && (page.events.isEmpty() || event->seq > page.events.constLast().seq))
            page.events.append(std::move(event).value());
    }
    return page;
}

QList<Room> decodeRooms(const JsonReader &json, QLatin1String field)
{
    return readable(json, field, decodeRoom);
}

QList<User> decodeUsers(const JsonReader &json, QLatin1String field)
{
    return readable(json, field, decodeUser);
}

VersionPage decodeVersions(const JsonReader &json, qint64 before)
{
    constexpr qsizetype mostVersions = 1'000;
    const qint64 end = before > 0 ? before : qint64(1) << 53; // no seq is larger
    VersionPage page;
    page.versions = readable<MessageVersion>(
        json, QLatin1String("versions"), [](const JsonReader &version) -> Result<MessageVersion> {
            const auto seq = version.integer(QLatin1String("seq"));
            if (!seq)
                return seq.error();
            auto text = version.string(QLatin1String("text"));
            if (!text)
                return text.error();
            boundText(&*text);
            return MessageVersion{*seq, std::move(text).value(),
                parseTimestamp(version.object().value(QLatin1String("at")).toString())};
        });
    qint64 last = 0;
    page.versions.removeIf([&last, end](const MessageVersion &version) {
        return version.seq >= end || version.seq <= std::exchange(last, std::max(last, version.seq));
    });
    const qint64 next = decodeNext(json, QLatin1String("next")).toLongLong();
    if (next > 0 && next < end)
        page.next = next;
    // The oldest of too many come with the next page.
    if (page.versions.size() > mostVersions) {
        page.versions.remove(0, page.versions.size() - mostVersions);
        page.next = page.versions.constFirst().seq;
    }
    return page;
}

QList<Member> decodeMembers(const JsonReader &json, QLatin1String field)
{
    return readable(json, field, decodeMember);
}

QList<Ban> decodeBans(const JsonReader &json, QLatin1String field)
{
    return readable(json, field, decodeBan);
}

Result<User> decodeUser(const JsonReader &json)
{
    auto user = json::toUser(json);
    if (user && !fit({user->id, user->name}))
        return tooLong();
    return user;
}

Result<Room> decodeRoom(const JsonReader &json)
{
    auto room = json::toRoom(json);
    if (!room)
        return room;
    room->topic = shortened(room->topic);
    if (!fit({room->id, room->name, room->epoch}) || room->peers.size() > mostPeers
        || !std::all_of(room->peers.begin(), room->peers.end(), [](const User &peer) {
               return fit({peer.id, peer.name});
           }))
        return tooLong();
    return room;
}

Result<Member> decodeMember(const JsonReader &json)
{
    auto member = json::toMember(json);
    if (member && !fit({member->user.id, member->user.name}))
        return tooLong();
    return member;
}

Result<Invitation> decodeInvitation(const JsonReader &json)
{
    auto invitation = json::toInvitation(json);
    if (invitation
        && !fit({invitation->roomId, invitation->roomName, invitation->inviter.id, invitation->inviter.name}))
        return tooLong();
    return invitation;
}

Result<Ban> decodeBan(const JsonReader &json)
{
    auto ban = json::toBan(json);
    if (ban && !fit({ban->user.id, ban->user.name, ban->by.id, ban->by.name}))
        return tooLong();
    return ban;
}

QString shortened(const QString &sentence)
{
    return sentence.size() <= sentenceUnits ? sentence
                                            : text::cut(sentence, sentenceUnits) + QStringLiteral("…");
}

QString decodeNext(const JsonReader &json, QLatin1String field)
{
    const auto next = json.optionalString(field);
    return next && next->value_or(QString()).size() <= placeUnits ? next->value_or(QString()) : QString();
}

QList<Invitation> decodeInvitations(const JsonReader &json)
{
    return readable(json, QLatin1String("invitations"), decodeInvitation);
}

RoomEvent placeholderFor(const QString &roomId, qint64 seq)
{
    RoomEvent event;
    event.roomId = roomId;
    event.seq = seq;
    event.content = Unknown();
    event.timestamp = QDateTime::currentDateTimeUtc();
    return event;
}

QJsonObject helloRequest(const QList<ResumePoint> &resume)
{
    QJsonObject frame = request(QStringLiteral("hello"));
    frame.insert(QStringLiteral("resume"), json::fromList(resume, json::fromResumePoint));
    frame.insert(QStringLiteral("pages"), true);
    frame.insert(QStringLiteral("self"), QJsonObject());
    return frame;
}

QJsonObject roomsRequest(const QString &after)
{
    QJsonObject frame = request(QStringLiteral("rooms"));
    frame.insert(QStringLiteral("after"), after);
    return frame;
}

QJsonObject membersRequest(const QString &roomId, const QString &after)
{
    QJsonObject frame = request(QStringLiteral("members"));
    frame.insert(QStringLiteral("room"), roomId);
    if (!after.isEmpty())
        frame.insert(QStringLiteral("after"), after);
    return frame;
}

QJsonObject unsubscribeRequest(const QString &roomId)
{
    QJsonObject frame = request(QStringLiteral("unsubscribe"));
    frame.insert(QStringLiteral("room"), roomId);
    return frame;
}

QJsonObject subscribeRequest(const ResumePoint &from)
{
    QJsonObject frame = request(QStringLiteral("subscribe"));
    frame.insert(QStringLiteral("room"), from.room);
    if (!from.epoch.isEmpty()) {
        frame.insert(QStringLiteral("epoch"), from.epoch);
        frame.insert(QStringLiteral("seq"), from.seq);
    }
    return frame;
}

QJsonObject sendRequest(const QString &roomId, const QString &clientId, const QString &text)
{
    QJsonObject frame = request(QStringLiteral("send"));
    frame.insert(QStringLiteral("room"), roomId);
    frame.insert(QStringLiteral("client_id"), clientId);
    frame.insert(QStringLiteral("text"), text);
    return frame;
}

QJsonObject editRequest(const QString &roomId, qint64 target, const QString &clientId, const QString &text)
{
    QJsonObject frame = sendRequest(roomId, clientId, text);
    frame.insert(QStringLiteral("type"), QStringLiteral("edit"));
    frame.insert(QStringLiteral("target"), target);
    return frame;
}

QJsonObject deleteRequest(const QString &roomId, qint64 target, const QString &clientId)
{
    QJsonObject frame = request(QStringLiteral("delete"));
    frame.insert(QStringLiteral("room"), roomId);
    frame.insert(QStringLiteral("target"), target);
    frame.insert(QStringLiteral("client_id"), clientId);
    return frame;
}

QJsonObject pingRequest()
{
    return request(QStringLiteral("ping"));
}

} // namespace rookery::client
