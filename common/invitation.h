// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/jsonreader.h"
#include "common/messages.h"

namespace rookery {

/// All that an invited user sees of a room before accepting.
struct Invitation
{
    QString roomId;
    QString roomName;
    User inviter;
    QDateTime invitedAt; ///< UTC, milliseconds

    bool operator==(const Invitation &) const = default;
};

/// Newest first.
struct InvitationPage
{
    QList<Invitation> invitations;
    QString next; ///< cursor of the next page; empty at the end
};

namespace json {

/// `{"room": {"id", "name"}, "inviter": user, "invited_at"}`
QJsonObject fromInvitation(const Invitation &invitation);
Result<Invitation> toInvitation(const JsonReader &json);

/// `{"invitations": [invitation…], "next": "…" or null}`
QJsonObject fromInvitationPage(const InvitationPage &page);
Result<InvitationPage> toInvitationPage(const JsonReader &json);

} // namespace json

} // namespace rookery
