// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/invitation.h"

#include "common/jsoncodec.h"

namespace rookery::json {

QJsonObject fromInvitation(const Invitation &invitation)
{
    return {
        {QStringLiteral("room"),
            QJsonObject{
                {QStringLiteral("id"), invitation.roomId}, {QStringLiteral("name"), invitation.roomName}}},
        {QStringLiteral("inviter"), fromUser(invitation.inviter)},
        {QStringLiteral("invited_at"), formatTimestamp(invitation.invitedAt)},
    };
}

Result<Invitation> toInvitation(const JsonReader &json)
{
    const auto room = json.child(QLatin1String("room"));
    if (!room)
        return room.error();
    auto id = room->string(QLatin1String("id"));
    if (!id)
        return id.error();
    auto name = room->string(QLatin1String("name"));
    if (!name)
        return name.error();
    const auto inviterJson = json.child(QLatin1String("inviter"));
    if (!inviterJson)
        return inviterJson.error();
    auto inviter = toUser(*inviterJson);
    if (!inviter)
        return inviter.error();
    const auto at = json.string(QLatin1String("invited_at"));
    if (!at)
        return at.error();
    const QDateTime time = parseTimestamp(*at);
    if (!time.isValid())
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field 'invited_at' must be an ISO 8601 time."), QStringLiteral("invited_at")};
    return Invitation{std::move(id).value(), std::move(name).value(), std::move(inviter).value(), time};
}

QJsonObject fromInvitationPage(const InvitationPage &page)
{
    return {
        {QStringLiteral("invitations"), fromList(page.invitations, fromInvitation)},
        {QStringLiteral("next"), page.next.isEmpty() ? QJsonValue() : page.next},
    };
}

Result<InvitationPage> toInvitationPage(const JsonReader &json)
{
    auto invitations = toList(json, QLatin1String("invitations"), toInvitation);
    if (!invitations)
        return invitations.error();
    auto next = json.optionalString(QLatin1String("next"));
    if (!next)
        return next.error();
    return InvitationPage{std::move(invitations).value(), next->value_or(QString())};
}

} // namespace rookery::json
