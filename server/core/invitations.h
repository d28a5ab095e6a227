// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/principal.h"
#include "server/store/store.h"

#include <QPointer>

#include <optional>

namespace rookery::core {

class Accounts;
class Hub;
class Rooms;
struct SharedState;

/// The result of an invitation.
struct Invited
{
    Member member; ///< the user in the room: a member if they were in it already, else invited
    bool invited = false; ///< whether an invitation is open now
};

/// Invitations and blocked users. An invitation is not a membership: invited users accept it by joining
/// (Rooms::join()) or by entering the room by its name (Rooms::open()), and see nothing of the room before
/// (THREATS 34). Lives on its I/O thread; answers as Accounts does.
class Invitations : public QObject
{
    Q_OBJECT
public:
    Invitations(store::Store *store, Accounts *accounts, Rooms *rooms, Hub *hub, SharedState *shared,
        const Limits &limits, QObject *parent = nullptr);

    /// Invites somebody into a room that the caller is a member of. NotFound; Forbidden for who is no member,
    /// in direct rooms, of guests, and where the user refuses the caller; RateLimited past
    /// Limits::invitationsPerInviter, -Pair and -Network. Past -User another one ends.
    void invite(const Principal &principal, const QString &room, const QString &user, QObject *context,
        Done<Invited> done);
    /// Withdraws an invitation that the caller sent, or anybody's where the caller may remove members
    /// (permissions.h). NotFound.
    void withdraw(const Principal &principal, const QString &room, const QString &user, QObject *context,
        Done<Nothing> done);

    /// Those of the caller, the newest first. InvalidField naming `limit` or `before`.
    void list(const Principal &principal, const QString &before, int limit, QObject *context,
        Done<InvitationPage> done);
    /// With `block`, the inviter is blocked, too. NotFound.
    void decline(
        const Principal &principal, const QString &room, bool block, QObject *context, Done<Nothing> done);

    /// Whom the caller has blocked can neither invite the caller nor open a direct room with them, and
    /// neither of the two can write in the one they have. NotFound; Forbidden past store::mostBlocked.
    void setBlocked(
        const Principal &principal, const QString &user, bool blocked, QObject *context, Done<Nothing> done);
    void blocked(const Principal &principal, const QString &after, int limit, QObject *context,
        Done<store::UserPage> done);

private:
    void inviteFound(const Principal &principal, const Room &room, const User &user,
        const QPointer<QObject> &context, Done<Invited> done);
    std::optional<Error> badLimit(int limit) const;
    /// Tells the invited users that these invitations have ended.
    void announceEnd(const QList<store::OpenInvitation> &ended);

    store::Store *m_store;
    Accounts *m_accounts;
    Rooms *m_rooms;
    Hub *m_hub;
    SharedState *m_shared;
    Limits m_limits;
};

} // namespace rookery::core
