// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/nativeframes.h"

#include "common/jsoncodec.h"
#include "common/selfjson.h"
#include "server/dialects/drafts.h"

#include <QVariant>

#include <cmath>
#include <optional>

namespace rookery::ws::nativeframes {

namespace {

constexpr QLatin1String refField("ref");
constexpr QLatin1String roomField("room");
constexpr QLatin1String epochField("epoch");
constexpr QLatin1String typeField("type");
constexpr QLatin1String selfField("self");
constexpr QLatin1String seqField("seq");
constexpr qsizetype refCharacters = 64;
/// A longer room is not repeated in an error.
constexpr qsizetype namedCharacters = 128;
/// A longer text is neither an id nor a name, however it is composed.
constexpr qsizetype roomCharacters = 512;
constexpr qsizetype epochCharacters = 64;
/// No cursor is longer.
constexpr qsizetype placeCharacters = 64;
constexpr QLatin1String nextField("next");

Result<QJsonValue> readRef(const JsonReader &json)
{
    const QJsonValue ref = json.object().value(refField);
    if (ref.isUndefined() || ref.isNull())
        return QJsonValue();
    if (ref.isString() && ref.toString().toUcs4().size() <= refCharacters) {
        const auto text = json.string(refField);
        return text ? Result<QJsonValue>(ref) : text.error();
    }
    // A whole number beyond 64 bits would change on its way through double. Those that fit are kept exactly,
    // also the largest, which as a double would equal the bound.
    constexpr double bound = 9223372036854775808.0;
    const bool isWhole = ref.toVariant().typeId() == QMetaType::LongLong;
    if (isWhole || (ref.isDouble() && std::abs(ref.toDouble()) < bound))
        return ref;
    return Error{ErrorCode::InvalidField,
        QStringLiteral("The field 'ref' must be a string of at most %1 characters or a number from "
                       "-9223372036854775808 to 9223372036854775807.")
            .arg(refCharacters),
        refField};
}

Error tooLong(QLatin1String field, qsizetype characters)
{
    return {ErrorCode::InvalidField,
        QStringLiteral("The field '%1' must have at most %2 characters.").arg(field).arg(characters), field};
}

/// An id or a name. Longer texts are refused before they are stored anywhere (THREATS 32).
Result<QString> readRoom(const JsonReader &json)
{
    auto room = json.string(roomField);
    if (room && room->size() > roomCharacters)
        return tooLong(roomField, roomCharacters);
    return room;
}

/// The same for a resume point: a thousand of them may be pending.
Result<ResumePoint> readResumePoint(const JsonReader &json)
{
    auto point = json::toResumePoint(json);
    if (point && point->room.size() > roomCharacters)
        return tooLong(roomField, roomCharacters);
    if (point && point->epoch.size() > epochCharacters)
        return tooLong(epochField, epochCharacters);
    return point;
}

Result<std::optional<QString>> readEpoch(const JsonReader &json)
{
    auto epoch = json.optionalString(epochField);
    if (epoch && *epoch && (*epoch)->size() > epochCharacters)
        return tooLong(epochField, epochCharacters);
    return epoch;
}

Result<std::optional<SelfPoint>> readSelf(const JsonReader &json)
{
    if (!json.has(selfField))
        return std::optional<SelfPoint>();
    const auto self = json.child(selfField);
    if (!self)
        return self.error();
    const auto epoch = readEpoch(*self);
    if (!epoch)
        return epoch.error();
    const auto seq = self->optionalInteger(seqField);
    if (!seq)
        return seq.error();
    return std::optional<SelfPoint>(SelfPoint{*epoch, *seq});
}

Result<Request> readHello(const JsonReader &json)
{
    static constexpr QLatin1String resumeField("resume");
    const auto points = json.optionalArray(resumeField);
    if (!points)
        return points.error();
    if (points->size() > subscriptionBound)
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field 'resume' may name at most %1 rooms.").arg(subscriptionBound),
            resumeField};
    auto resume = json::toList(json, resumeField, readResumePoint);
    if (!resume)
        return resume.error();
    const auto pages = json.optionalBool(QLatin1String("pages"));
    if (!pages)
        return pages.error();
    const auto self = readSelf(json);
    if (!self)
        return self.error();
    return Request(Hello{std::move(resume).value(), pages->value_or(false), *self});
}

Result<QString> readPlace(const JsonReader &json)
{
    static constexpr QLatin1String afterField("after");
    const auto after = json.optionalString(afterField);
    if (!after)
        return after.error();
    if (*after && (*after)->size() > placeCharacters)
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field 'after' must be the 'next' of another page."), afterField};
    return after->value_or(QString());
}

/// The frame made of these parts, or the error of the first one that has one.
template <typename Frame, typename... Parts>
Result<Request> frameOf(const Result<Parts> &...parts)
{
    std::optional<Error> error;
    (void)((parts.ok() || (error = parts.error(), false)) && ...);
    if (error)
        return *error;
    return Request(Frame{*parts...});
}

Result<Request> readRooms(const JsonReader &json)
{
    return frameOf<Rooms>(readPlace(json));
}

Result<Request> readMembers(const JsonReader &json)
{
    return frameOf<Members>(readRoom(json), readPlace(json));
}

Result<Request> readSubscribe(const JsonReader &json)
{
    return frameOf<Subscribe>(readRoom(json), readEpoch(json), json.optionalInteger(seqField));
}

Result<Request> readUnsubscribe(const JsonReader &json)
{
    return frameOf<Unsubscribe>(readRoom(json));
}

/// The text of a message, and its client_id.
Result<core::Draft> readText(const JsonReader &json)
{
    auto draft = dialects::readDraft(json, QLatin1String("text"));
    if (draft)
        draft->knowsDeleted = true;
    return draft;
}

/// The seq of a message.
Result<qint64> readTarget(const JsonReader &json)
{
    return json.integer(QLatin1String("target"), 1);
}

Result<Request> readSend(const JsonReader &json)
{
    return frameOf<Send>(readRoom(json), readText(json));
}

Result<Request> readEdit(const JsonReader &json)
{
    return frameOf<Edit>(readRoom(json), readTarget(json), readText(json));
}

/// Without a text.
Result<core::Draft> readClientId(const JsonReader &json)
{
    const auto clientId = json.optionalString(QLatin1String("client_id"));
    if (!clientId)
        return clientId.error();
    return core::Draft{{}, *clientId};
}

Result<Request> readDelete(const JsonReader &json)
{
    return frameOf<Delete>(readRoom(json), readTarget(json), readClientId(json));
}

Result<Request> readRead(const JsonReader &json)
{
    return frameOf<Read>(readRoom(json), json.integer(seqField, 0));
}

Result<Request> readPing(const JsonReader &)
{
    return Request(Ping());
}

struct Reader
{
    QLatin1String type;
    Result<Request> (*read)(const JsonReader &);
};
constexpr Reader readers[] = {
    {QLatin1String("hello"), readHello},
    {QLatin1String("subscribe"), readSubscribe},
    {QLatin1String("unsubscribe"), readUnsubscribe},
    {QLatin1String("send"), readSend},
    {QLatin1String("edit"), readEdit},
    {QLatin1String("delete"), readDelete},
    {QLatin1String("ping"), readPing},
    {QLatin1String("rooms"), readRooms},
    {QLatin1String("members"), readMembers},
    {QLatin1String("read"), readRead},
};

Result<Request> readRequest(const JsonReader &json)
{
    const auto type = json.string(typeField);
    if (!type)
        return type.error();
    for (const Reader &reader : readers) {
        if (*type == reader.type)
            return reader.read(json);
    }
    return Error{ErrorCode::InvalidField, QStringLiteral("The field 'type' names no request."), typeField};
}

/// Writes `ref`, at its place in the order of names.
void writeRef(JsonWriter &json, const QJsonValue &ref)
{
    if (ref.isNull())
        return;
    json.name(refField);
    if (ref.isString()) {
        json.value(ref.toString());
        return;
    }
    // Numbers may be fractional: let Qt write them.
    const QByteArray list = listToJson({ref});
    json.raw(QByteArrayView(list).sliced(1, list.size() - 2));
}

void writeNext(JsonWriter &json, QLatin1String field, const QString &next)
{
    json.name(field);
    if (next.isEmpty())
        json.raw("null");
    else
        json.value(next);
}

/// A frame of this type, with the ref of the request.
QJsonObject answer(QLatin1String type, const QJsonValue &ref)
{
    QJsonObject frame{{QStringLiteral("type"), type}};
    if (!ref.isNull())
        frame.insert(refField, ref);
    return frame;
}

} // namespace

Parsed parse(const QByteArray &utf8)
{
    const auto json = JsonReader::parse(utf8);
    if (!json)
        return {{}, {}, json.error()};
    QString room = json->object().value(roomField).toString();
    if (room.size() > namedCharacters)
        room.clear();
    const auto ref = readRef(*json);
    if (!ref)
        return {{}, room, ref.error()};
    return {*ref, room, readRequest(*json)};
}

QStringList requestTypes()
{
    QStringList types;
    for (const Reader &reader : readers)
        types.append(reader.type);
    return types;
}

RoomItems encode(const store::RoomsPage &page, qsizetype bytes)
{
    RoomItems encoded{{}, page.next, page.epoch, page.selfSeq};
    QString last;
    for (const Room &room : page.rooms) {
        JsonWriter json(320);
        const auto mark = page.marks.constFind(room.id);
        json::write(json, room, mark == page.marks.cend() ? std::nullopt : std::optional<ReadMark>(*mark));
        const QByteArray item = json.take();
        if (!last.isEmpty() && encoded.items.size() + item.size() > bytes) {
            encoded.next = last;
            break;
        }
        if (!encoded.items.isEmpty())
            encoded.items.append(',');
        encoded.items.append(item);
        last = room.id;
    }
    return encoded;
}

QByteArray hello(const QJsonValue &ref, const core::Principal &caller, const Limits &limits,
    const RoomItems &rooms, const std::optional<SelfState> &self)
{
    JsonWriter json(rooms.items.size() + 512);
    json.beginObject();
    if (caller.serverRole() == ServerRole::Admin)
        json.field(QLatin1String("admin"), true);
    json.field(QLatin1String("heartbeat_ms"), qint64(limits.pingInterval.count()))
        .name(QLatin1String("limits"))
        .beginObject()
        .field(QLatin1String("edit_window_ms"), qint64(std::chrono::milliseconds(limits.editWindow).count()))
        .field(QLatin1String("message_characters"), qint64(limits.messageCharacters))
        .field(QLatin1String("room_name_characters"), qint64(limits.roomNameCharactersMax))
        .field(QLatin1String("topic_characters"), qint64(limits.topicCharacters))
        .field(QLatin1String("websocket_message_bytes"), qint64(limits.websocketMessageBytes))
        .endObject();
    writeNext(json, nextField, rooms.next);
    writeRef(json, ref);
    json.name(QLatin1String("rooms")).beginArray().raw(rooms.items).endArray();
    if (self) {
        json.name(selfField).beginObject().field(epochField, self->epoch);
        if (self->isReset)
            json.field(QLatin1String("reset"), true);
        json.field(seqField, self->seq).endObject();
    }
    json.field(QLatin1String("session"), caller.sessionId)
        .field(typeField, QLatin1String("hello"))
        .name(QLatin1String("user"));
    json::write(json, caller.user);
    return json.endObject().take();
}

QByteArray rooms(const QJsonValue &ref, const RoomItems &rooms)
{
    JsonWriter json(rooms.items.size() + 256);
    json.beginObject();
    writeNext(json, nextField, rooms.next);
    writeRef(json, ref);
    return json.name(QLatin1String("rooms"))
        .beginArray()
        .raw(rooms.items)
        .endArray()
        .field(typeField, QLatin1String("rooms"))
        .endObject()
        .take();
}

QByteArray subscribed(const QJsonValue &ref, const Room &room, const MembersLists::First &members)
{
    JsonWriter json(members.items.size() + 512);
    json.beginObject()
        .field(QLatin1String("member_count"), members.count)
        .name(QLatin1String("members"))
        .beginArray()
        .raw(members.items)
        .endArray();
    writeNext(json, QLatin1String("members_next"), members.isWhole ? QString() : core::Rooms::firstMembers());
    writeRef(json, ref);
    json.name(roomField);
    json::write(json, room);
    return json.field(typeField, QLatin1String("subscribed")).endObject().take();
}

QByteArray members(const QJsonValue &ref, const QString &roomId, const core::MembersPage &page)
{
    JsonWriter json(page.members.size() * 192 + 256);
    json.beginObject()
        .field(QLatin1String("member_count"), page.count)
        .name(QLatin1String("members"))
        .beginArray();
    for (const Member &one : page.members)
        json::write(json, one);
    json.endArray();
    writeNext(json, nextField, page.next);
    writeRef(json, ref);
    return json.field(roomField, roomId).field(typeField, QLatin1String("members")).endObject().take();
}

QByteArray unsubscribed(const QJsonValue &ref, const QString &roomId)
{
    QJsonObject frame = answer(QLatin1String("unsubscribed"), ref);
    frame.insert(roomField, roomId);
    return toJson(frame);
}

QByteArray ack(const QJsonValue &ref, const core::Sent &sent)
{
    JsonWriter json(320);
    json.beginObject()
        .field(QLatin1String("client_id"), sent.event.clientId)
        .field(QLatin1String("duplicate"), sent.duplicate)
        .field(QLatin1String("id"), sent.event.id);
    writeRef(json, ref);
    return json.field(roomField, sent.event.roomId)
        .field(QLatin1String("seq"), sent.event.seq)
        .field(QLatin1String("timestamp"), formatTimestamp(sent.event.timestamp))
        .field(typeField, QLatin1String("ack"))
        .endObject()
        .take();
}

QByteArray marked(const QJsonValue &ref, const store::MarkedRead &marked)
{
    const auto &mark = std::get<ReadMarked>(marked.event.content);
    JsonWriter json;
    json.beginObject()
        .field(QLatin1String("last_seq"), mark.lastSeq)
        .field(QLatin1String("read_seq"), mark.readSeq);
    writeRef(json, ref);
    return json.field(roomField, mark.roomId)
        .field(seqField, marked.event.seq)
        .field(typeField, QLatin1String("marked"))
        .field(QLatin1String("unread"), mark.unread)
        .endObject()
        .take();
}

QByteArray selfEvent(const SelfEvent &event)
{
    JsonWriter json;
    json.beginObject().name(QLatin1String("event"));
    json::write(json, event);
    return json.field(typeField, selfField).endObject().take();
}

QByteArray pong(const QJsonValue &ref)
{
    return toJson(answer(QLatin1String("pong"), ref));
}

QByteArray error(const QJsonValue &ref, const QString &room, const Error &error)
{
    QJsonObject frame = json::fromError(error);
    if (!ref.isNull())
        frame.insert(refField, ref);
    if (!room.isEmpty() && room.size() <= namedCharacters)
        frame.insert(roomField, room);
    return toJson(frame);
}

QByteArray event(const core::Broadcast &broadcast)
{
    JsonWriter json(480 + broadcast.event().text().size());
    json.beginObject().name(QLatin1String("event"));
    json::write(json, broadcast.event());
    return json.field(typeField, QLatin1String("event")).endObject().take();
}

QByteArray member(const QString &roomId, const Member &member)
{
    JsonWriter json;
    json.beginObject()
        .field(QLatin1String("member"), member.isMember())
        .field(QLatin1String("online"), member.online)
        .field(QLatin1String("role"), roleText(member.role))
        .field(roomField, roomId)
        .field(typeField, QLatin1String("member"))
        .name(QLatin1String("user"));
    json::write(json, member.user);
    return json.endObject().take();
}

QByteArray memberChanged(const core::MemberChange &change)
{
    return member(change.roomId(), change.member());
}

QByteArray presence(const core::PresenceCount &count)
{
    return JsonWriter()
        .beginObject()
        .field(QLatin1String("missed"), count.missed())
        .field(QLatin1String("online"), count.online())
        .field(roomField, count.roomId())
        .field(typeField, QLatin1String("presence"))
        .endObject()
        .take();
}

QByteArray reset(const Room &room)
{
    return toJson({{QStringLiteral("type"), QStringLiteral("reset")}, {roomField, json::fromRoom(room)}});
}

QByteArray roomAdded(const Room &room)
{
    return toJson(
        {{QStringLiteral("type"), QStringLiteral("room_added")}, {roomField, json::fromRoom(room)}});
}

QByteArray roomRemoved(const QString &roomId)
{
    return toJson({{QStringLiteral("type"), QStringLiteral("room_removed")}, {roomField, roomId}});
}

QByteArray invited(const Invitation &invitation)
{
    return toJson({{QStringLiteral("type"), QStringLiteral("invited")},
        {QStringLiteral("invitation"), json::fromInvitation(invitation)}});
}

QByteArray invitationEnded(const QString &roomId)
{
    return toJson({{QStringLiteral("type"), QStringLiteral("invitation_ended")}, {roomField, roomId}});
}

QByteArray goingAway(std::chrono::milliseconds retryAfter)
{
    return toJson({
        {QStringLiteral("type"), QStringLiteral("going_away")},
        {QStringLiteral("retry_after_ms"), qint64(retryAfter.count())},
    });
}

} // namespace rookery::ws::nativeframes
