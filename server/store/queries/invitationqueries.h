// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/statement.h"
#include "server/store/store.h"

/// Invitations and who has blocked whom, as SQL; called inside a transaction. store.h says what each answers and
/// refuses, at the method of the same meaning.
namespace rookery::store::invitations {

Result<InvitedUser> invite(Connection &connection, const QString &roomId, const QString &inviterId,
    const QString &invitedId, const QString &network, const InvitationBounds &bounds);
InvitationPage page(Connection &connection, const QString &userId, std::optional<qint64> before, int limit);
Result<Invitation> find(
    Connection &connection, const QString &roomId, const QString &roomSkeleton, const QString &userId);
Result<QList<OpenInvitation>> decline(Connection &connection, const QString &roomId,
    const QString &roomSkeleton, const QString &userId, bool block);
Result<OpenInvitation> withdraw(Connection &connection, const QString &epoch, const QString &roomId,
    const QString &invitedId, const QString &actorId, const RoomRule &ofOthers);

Result<QList<OpenInvitation>> setBlocked(
    Connection &connection, const QString &userId, const QString &otherId, bool blocked);
Result<UserPage> blockedBy(Connection &connection, const QString &userId, const QString &after, int limit);
/// The answer to a user who is blocked.
Error takesNoDirectMessages();
/// Whether `user` has blocked `other`, by their keys.
bool isBlocked(Connection &connection, qint64 user, qint64 other);

/// Ends the invitations that a change of membership makes void, and answers them: those of a new member to the room;
/// those that a former member has sent.
QList<OpenInvitation> takeMoot(Connection &connection, qint64 room, qint64 user, bool member);

} // namespace rookery::store::invitations
