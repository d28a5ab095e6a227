// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/codec.h"

#include "common/jsoncodec.h"
#include "common/jsonfields.h"
#include "common/selfjson.h"

#include <QJsonDocument>

namespace rookery::bus {

namespace {

constexpr QLatin1String nameField("notice");
constexpr QLatin1String eventField("event");
constexpr QLatin1String roomField("room");
constexpr QLatin1String userField("user");
constexpr QLatin1String invitationField("invitation");
constexpr QLatin1String openField("open");
constexpr QLatin1String roleField("role");
constexpr QLatin1String onlineField("online");
constexpr QLatin1String sessionField("session");
constexpr QLatin1String reasonField("reason");

constexpr QLatin1String eventCommitted("event_committed");
constexpr QLatin1String membershipChanged("membership_changed");
constexpr QLatin1String invitationChanged("invitation_changed");
constexpr QLatin1String presenceChanged("presence_changed");
constexpr QLatin1String sessionEnded("session_ended");
constexpr QLatin1String selfEventCommitted("self_event_committed");

QJsonObject fieldsOf(const EventCommitted &notice)
{
    return {{nameField, eventCommitted}, {eventField, json::fromEvent(notice.event)},
        {roomField, json::fromRoom(*notice.room)}};
}

QJsonObject fieldsOf(const MembershipChanged &notice)
{
    return {{nameField, membershipChanged}, {roomField, json::fromRoom(notice.room)},
        {userField, json::fromUser(notice.user)}};
}

QJsonObject fieldsOf(const InvitationChanged &notice)
{
    return {{nameField, invitationChanged}, {invitationField, json::fromInvitation(notice.invitation)},
        {userField, json::fromUser(notice.invited)}, {openField, notice.open}};
}

QJsonObject fieldsOf(const PresenceChanged &notice)
{
    return {{nameField, presenceChanged}, {roomField, notice.roomId},
        {userField, json::fromUser(notice.user)}, {roleField, roleText(notice.role)},
        {onlineField, notice.online}};
}

QJsonObject fieldsOf(const SessionEnded &notice)
{
    return {{nameField, sessionEnded}, {sessionField, notice.sessionId}, {reasonField, notice.reason}};
}

QJsonObject fieldsOf(const SelfEventCommitted &notice)
{
    JsonWriter event;
    json::write(event, notice.event);
    return {{nameField, selfEventCommitted}, {userField, notice.userId},
        {eventField, QJsonDocument::fromJson(event.take()).object()}};
}

/// A required object, read by `read`.
template <typename T>
T child(
    json::Fields &fields, const JsonReader &json, QLatin1String field, Result<T> (*read)(const JsonReader &))
{
    const auto object = json.child(field);
    return fields.take(object ? read(*object) : Result<T>(object.error()));
}

Role role(json::Fields &fields)
{
    const auto role = roleFromText(fields.string(roleField));
    if (!role)
        fields.fail(roleField, QStringLiteral("The field 'role' holds an unknown role."));
    return role.value_or(Role::None);
}

} // namespace

QByteArray encode(const Notice &notice)
{
    return toJson(std::visit([](const auto &kind) { return fieldsOf(kind); }, notice));
}

Result<Notice> decode(const QByteArray &utf8)
{
    const auto json = JsonReader::parse(utf8);
    if (!json)
        return json.error();
    json::Fields fields(*json);
    const QString name = fields.string(nameField);
    Notice notice;
    if (name == eventCommitted) {
        auto event = child(fields, *json, eventField, json::toEvent);
        auto room = child(fields, *json, roomField, json::toRoom);
        notice = EventCommitted{std::move(event), std::make_shared<const Room>(std::move(room))};
    } else if (name == membershipChanged) {
        auto room = child(fields, *json, roomField, json::toRoom);
        notice = MembershipChanged{std::move(room), fields.user(userField)};
    } else if (name == invitationChanged) {
        auto invitation = child(fields, *json, invitationField, json::toInvitation);
        User invited = fields.user(userField);
        notice = InvitationChanged{std::move(invitation), std::move(invited), fields.flag(openField)};
    } else if (name == presenceChanged) {
        QString roomId = fields.string(roomField);
        User user = fields.user(userField);
        const Role now = role(fields);
        notice = PresenceChanged{std::move(roomId), std::move(user), now, fields.flag(onlineField)};
    } else if (name == sessionEnded) {
        QString sessionId = fields.string(sessionField);
        notice = SessionEnded{std::move(sessionId), fields.string(reasonField)};
    } else if (name == selfEventCommitted) {
        QString userId = fields.string(userField);
        notice = SelfEventCommitted{std::move(userId), child(fields, *json, eventField, json::toSelfEvent)};
    } else {
        fields.fail(nameField, QStringLiteral("The field 'notice' names none that is known."));
    }
    return fields.finish(std::move(notice));
}

} // namespace rookery::bus
