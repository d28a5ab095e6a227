// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/connection.h"
#include "server/store/store.h"

/// Invitations and who has blocked whom, as SQL; called inside a transaction. What each answers and refuses
/// is written at the Store's method of the same meaning.
namespace rookery::store::invitations {

Result<InvitedUser> invite(Connection &connection, const QString &roomId, const QString &inviterId,
    const QString &invitedId, const QString &network, const InvitationBounds &bounds);
InvitationPage page(Connection &connection, const QString &userId, std::optional<qint64> before, int limit);
Result<Invitation> find(
    Connection &connection, const QString &roomId, const QString &roomSkeleton, const QString &userId);
Result<QList<OpenInvitation>> decline(Connection &connection, const QString &roomId,
    const QString &roomSkeleton, const QString &userId, bool block);
Result<OpenInvitation> withdraw(
    Connection &connection, const QString &roomId, const QString &invitedId, const QString &inviterId);

Result<QList<OpenInvitation>> setBlocked(
    Connection &connection, const QString &userId, const QString &otherId, bool blocked);
Result<UserPage> blockedBy(Connection &connection, const QString &userId, const QString &after, int limit);
/// To whom a user has blocked.
Error takesNoDirectMessages();
/// By the keys of both.
bool isBlocked(Connection &connection, qint64 user, qint64 other);

/// Ends those that a new membership, or its end, makes void: the user's own to the room, and theirs to
/// others.
QList<OpenInvitation> takeMoot(Connection &connection, qint64 room, qint64 user, bool member);

} // namespace rookery::store::invitations
