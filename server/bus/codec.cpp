// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/codec.h"

#include "common/jsoncodec.h"
#include "common/jsonfields.h"
#include "common/selfjson.h"

#include <QJsonDocument>

#include <utility>

namespace rookery::bus {

namespace {

constexpr QLatin1String versionField("v");
constexpr QLatin1String nameField("notice");
constexpr QLatin1String eventField("event");
constexpr QLatin1String roomField("room");
constexpr QLatin1String userField("user");
constexpr QLatin1String invitationField("invitation");
constexpr QLatin1String openField("open");
constexpr QLatin1String roleField("role");
constexpr QLatin1String onlineField("online");
constexpr QLatin1String hubField("hub");
constexpr QLatin1String presentField("present");
constexpr QLatin1String sessionField("session");
constexpr QLatin1String reasonField("reason");
constexpr QLatin1String epochField("epoch");
constexpr QLatin1String headsField("heads");
constexpr QLatin1String seqField("seq");

/// Each kind of notice has a name and a pair of functions.
template <typename Kind>
struct Form;

Role role(json::Fields &fields)
{
    const auto role = roleFromText(fields.string(roleField));
    if (!role)
        fields.fail(roleField, QStringLiteral("The field 'role' holds an unknown role."));
    return role.value_or(Role::None);
}

/// As text: JSON's numbers have 53 bits.
QString hubText(HubId hub)
{
    return QString::number(hub, 16);
}

HubId hub(json::Fields &fields)
{
    bool valid = false;
    const QString text = fields.string(hubField);
    const HubId hub = text.toULongLong(&valid, 16);
    if (!valid || hubText(hub) != text)
        fields.fail(hubField, QStringLiteral("The field 'hub' must be a number in hexadecimal digits."));
    return hub;
}

/// A required object, read by `read`.
template <typename T>
T child(
    json::Fields &fields, const JsonReader &json, QLatin1String field, Result<T> (*read)(const JsonReader &))
{
    const auto object = json.child(field);
    return fields.take(object ? read(*object) : Result<T>(object.error()));
}

template <>
struct Form<EventCommitted>
{
    static constexpr QLatin1String name{"event_committed"};
    static QJsonObject write(const EventCommitted &notice)
    {
        return {{eventField, json::fromEvent(notice.event)}, {roomField, json::fromRoom(*notice.room)}};
    }
    static EventCommitted read(json::Fields &fields, const JsonReader &json)
    {
        RoomEvent event = child(fields, json, eventField, json::toEvent);
        return {std::move(event), std::make_shared<const Room>(child(fields, json, roomField, json::toRoom))};
    }
};

template <>
struct Form<MembershipChanged>
{
    static constexpr QLatin1String name{"membership_changed"};
    static QJsonObject write(const MembershipChanged &notice)
    {
        return {{roomField, json::fromRoom(notice.room)}, {userField, json::fromUser(notice.user)}};
    }
    static MembershipChanged read(json::Fields &fields, const JsonReader &json)
    {
        Room room = child(fields, json, roomField, json::toRoom);
        return {std::move(room), fields.user(userField)};
    }
};

template <>
struct Form<InvitationChanged>
{
    static constexpr QLatin1String name{"invitation_changed"};
    static QJsonObject write(const InvitationChanged &notice)
    {
        return {{invitationField, json::fromInvitation(notice.invitation)},
            {userField, json::fromUser(notice.invited)}, {openField, notice.open}};
    }
    static InvitationChanged read(json::Fields &fields, const JsonReader &json)
    {
        Invitation invitation = child(fields, json, invitationField, json::toInvitation);
        User invited = fields.user(userField);
        return {std::move(invitation), std::move(invited), fields.flag(openField)};
    }
};

template <>
struct Form<PresenceChanged>
{
    static constexpr QLatin1String name{"presence_changed"};
    static QJsonObject write(const PresenceChanged &notice)
    {
        return {{roomField, notice.roomId}, {userField, json::fromUser(notice.user)},
            {roleField, roleText(notice.role)}, {onlineField, notice.online},
            {hubField, hubText(notice.hub)}};
    }
    static PresenceChanged read(json::Fields &fields, const JsonReader & /*json*/)
    {
        QString roomId = fields.string(roomField);
        User user = fields.user(userField);
        const Role now = role(fields);
        const bool online = fields.flag(onlineField);
        return {std::move(roomId), std::move(user), now, online, hub(fields)};
    }
};

QJsonObject fromPresent(const Present &present)
{
    return {{userField, json::fromUser(present.user)}, {roleField, roleText(present.role)},
        {hubField, hubText(present.hub)}};
}

Result<Present> toPresent(const JsonReader &json)
{
    json::Fields fields(json);
    User user = fields.user(userField);
    const Role now = role(fields);
    return fields.finish(Present{std::move(user), now, hub(fields)});
}

template <>
struct Form<RoomPresence>
{
    static constexpr QLatin1String name{"room_presence"};
    static QJsonObject write(const RoomPresence &notice)
    {
        return {{roomField, notice.roomId}, {presentField, json::fromList(notice.present, fromPresent)}};
    }
    static RoomPresence read(json::Fields &fields, const JsonReader &json)
    {
        QString roomId = fields.string(roomField);
        return {std::move(roomId), fields.take(json::toList(json, presentField, toPresent))};
    }
};

template <>
struct Form<SessionEnded>
{
    static constexpr QLatin1String name{"session_ended"};
    static QJsonObject write(const SessionEnded &notice)
    {
        return {{sessionField, notice.sessionId}, {reasonField, notice.reason}};
    }
    static SessionEnded read(json::Fields &fields, const JsonReader & /*json*/)
    {
        QString sessionId = fields.string(sessionField);
        return {std::move(sessionId), fields.string(reasonField)};
    }
};

QJsonObject fromHead(const RoomHead &head)
{
    return {{roomField, head.roomId}, {seqField, head.seq}};
}

Result<RoomHead> toHead(const JsonReader &json)
{
    json::Fields fields(json);
    QString roomId = fields.string(roomField);
    return fields.finish(RoomHead{std::move(roomId), fields.integer(seqField)});
}

template <>
struct Form<RoomHeads>
{
    static constexpr QLatin1String name{"room_heads"};
    static QJsonObject write(const RoomHeads &notice)
    {
        return {{headsField, json::fromList(notice.heads, fromHead)}};
    }
    static RoomHeads read(json::Fields &fields, const JsonReader &json)
    {
        return {fields.take(json::toList(json, headsField, toHead))};
    }
};

template <>
struct Form<NoticesLost>
{
    static constexpr QLatin1String name{"notices_lost"};
    static QJsonObject write(const NoticesLost & /*notice*/) { return {}; }
    static NoticesLost read(json::Fields & /*fields*/, const JsonReader & /*json*/) { return {}; }
};

template <>
struct Form<SelfEventCommitted>
{
    static constexpr QLatin1String name{"self_event_committed"};
    static QJsonObject write(const SelfEventCommitted &notice)
    {
        JsonWriter event;
        json::write(event, notice.event);
        return {{userField, notice.userId}, {eventField, QJsonDocument::fromJson(event.take()).object()}};
    }
    static SelfEventCommitted read(json::Fields &fields, const JsonReader &json)
    {
        QString userId = fields.string(userField);
        return {std::move(userId), child(fields, json, eventField, json::toSelfEvent)};
    }
};

template <>
struct Form<HistoryChanged>
{
    static constexpr QLatin1String name{"history_changed"};
    static QJsonObject write(const HistoryChanged &notice) { return {{epochField, notice.epoch}}; }
    static HistoryChanged read(json::Fields &fields, const JsonReader & /*json*/)
    {
        return {fields.string(epochField)};
    }
};

template <typename... Kinds>
std::optional<Notice> readKind(const QString &name, json::Fields &fields, const JsonReader &json,
    std::type_identity<std::variant<Kinds...>> /*kinds*/)
{
    std::optional<Notice> notice;
    [[maybe_unused]] const bool isKnown =
        ((name == Form<Kinds>::name && (notice = Form<Kinds>::read(fields, json), true)) || ...);
    return notice;
}

Error tooLarge(qsizetype bytes)
{
    return {ErrorCode::PayloadTooLarge,
        QStringLiteral("A notice of %1 bytes is longer than %2.").arg(bytes).arg(mostNoticeBytes)};
}

} // namespace

Result<QByteArray> encode(const Notice &notice)
{
    const QByteArray utf8 = std::visit(
        []<typename Kind>(const Kind &kind) {
            QJsonObject object = Form<Kind>::write(kind);
            object.insert(versionField, codecVersion);
            object.insert(nameField, Form<Kind>::name);
            return toJson(object);
        },
        notice);
    if (utf8.size() > mostNoticeBytes)
        return tooLarge(utf8.size());
    return utf8;
}

Result<std::optional<Notice>> decode(const QByteArray &utf8)
{
    if (utf8.size() > mostNoticeBytes)
        return tooLarge(utf8.size());
    const auto json = JsonReader::parse(utf8);
    if (!json)
        return json.error();
    json::Fields fields(*json);
    const qint64 version = fields.integer(versionField);
    const QString name = fields.string(nameField);
    std::optional<Notice> notice;
    if (version == codecVersion)
        notice = readKind(name, fields, *json, std::type_identity<Notice>());
    return fields.finish(std::move(notice));
}

} // namespace rookery::bus
