// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/invitations.h"

#include "common/ids.h"
#include "server/core/accounts.h"
#include "server/core/fields.h"
#include "server/core/live/hub.h"
#include "server/core/names.h"
#include "server/core/rooms.h"
#include "server/core/securitylog.h"
#include "server/core/sharedstate.h"

#include <QPointer>

namespace rookery::core {

namespace {

Error noSuchInvitation()
{
    return {ErrorCode::NotFound, QStringLiteral("There is no such invitation.")};
}

/// How a room that the caller may not see is asked for: by its id, or by its name.
struct Named
{
    QString id;
    QString skeleton;
};

Named named(const QString &idOrName, const Limits &limits)
{
    const auto checked = checkRoomName(idOrName, limits, {});
    return {isId(idOrName) ? idOrName.toLower() : QString(), checked ? checked->skeleton : QString()};
}

} // namespace

Invitations::Invitations(store::Store *store, Accounts *accounts, Rooms *rooms, Hub *hub, SharedState *shared,
    const Limits &limits, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_accounts(accounts)
    , m_rooms(rooms)
    , m_hub(hub)
    , m_shared(shared)
    , m_limits(limits)
{ }

void Invitations::invite(const Principal &principal, const QString &idOrName, const QString &userIdOrName,
    QObject *context, Done<Invited> done)
{
    m_rooms->find(principal, idOrName, context,
        [this, principal, userIdOrName, context, done = std::move(done)](const Result<Room> &room) {
            if (!room) {
                done(room.error());
                return;
            }
            if (room->kind == RoomKind::Direct) {
                done(Error{ErrorCode::Forbidden,
                    QStringLiteral("Nobody can be invited into a direct room: it is its two users' alone.")});
                return;
            }
            if (!room->isMember()) {
                done(Error{
                    ErrorCode::Forbidden, QStringLiteral("Only a member of a room can invite somebody.")});
                return;
            }
            if (const auto problem = m_rooms->countChange(principal, storedRowBytes)) {
                done(*problem);
                return;
            }
            m_accounts->findUser(
                userIdOrName, context, [this, principal, room = *room, context, done](Result<User> user) {
                    if (!user) {
                        Error error = user.error();
                        error.field = fields::user;
                        done(error);
                    } else if (user->guest) {
                        done(Error{
                            ErrorCode::Forbidden, QStringLiteral("Guests cannot be invited."), fields::user});
                    } else {
                        inviteFound(principal, room, *user, context, done);
                    }
                });
        });
}

void Invitations::inviteFound(const Principal &principal, const Room &room, const User &user,
    const QPointer<QObject> &context, Done<Invited> done)
{
    // Declined ones, too: who says no is not asked again all the time.
    const QString pair = principal.user.id + user.id;
    if (const auto wait = m_shared->invitationsByPair.untilFree(pair); wait.count() > 0) {
        logSecurity(SecurityEvent::RateLimited, principal.user.name, principal.network,
            QStringLiteral("limits.invitations_per_pair"));
        done(Error{ErrorCode::RateLimited,
            QStringLiteral("You have invited this user too often (limits.invitations_per_pair)."), {}, wait});
        return;
    }
    // Many accounts of one network are one pest.
    if (const auto wait = principal.network.isEmpty()
            ? std::nullopt
            : m_shared->invitationsByNetwork.take(user.id + principal.network)) {
        logSecurity(SecurityEvent::RateLimited, principal.user.name, principal.network,
            QStringLiteral("limits.invitations_per_network"));
        done(Error{ErrorCode::RateLimited,
            QStringLiteral("This user has been invited too often from your network "
                           "(limits.invitations_per_network)."),
            {}, *wait});
        return;
    }
    const store::InvitationBounds bounds{
        m_limits.invitationsPerInviter, m_limits.invitationsPerPair, m_limits.invitationsPerUser};
    // The context is this object: the invited hear of it even if who invites has gone.
    m_store->invite(room.id, principal.user.id, user.id, principal.network, bounds, this,
        [this, principal, room, pair, context, done = std::move(done)](
            const Result<store::InvitedUser> &result) {
            if (result && result->created) {
                m_shared->invitationsByPair.take(pair);
                logSecurity(SecurityEvent::Invited, principal.user.name, principal.network,
                    result->open.invited.name + QStringLiteral(" into ") + room.id);
                announceEnd(result->ended);
                m_hub->noteInvitation(result->open.invitation, result->open.invited, true);
            } else if (!result && result.error().code == ErrorCode::RateLimited) {
                logSecurity(SecurityEvent::RateLimited, principal.user.name, principal.network,
                    QStringLiteral("invitations"));
            }
            if (!context)
                return;
            if (!result) {
                done(result.error());
                return;
            }
            m_hub->whenPresenceIsKnown(room.id, context,
                [this, room, invited = result->open.invited, isMember = result->member, done] {
                    done(Invited{{invited, isMember ? Role::Member : Role::Invited,
                                     m_hub->isOnlineIn(room.id, invited.id)},
                        !isMember});
                });
        });
}

void Invitations::withdraw(const Principal &principal, const QString &idOrName, const QString &userIdOrName,
    QObject *context, Done<Nothing> done)
{
    const auto ofOthers = [server = principal.serverRole()](RoomKind kind, Role role) {
        return refusal(Actor{server, role, kind}, Action::RemoveMembers);
    };
    m_rooms->find(principal, idOrName, context,
        [this, principal, userIdOrName, ofOthers, context, done = std::move(done)](const Result<Room> &room) {
            if (!room) {
                done(room.error());
                return;
            }
            m_accounts->findUser(userIdOrName, context,
                [this, principal, ofOthers, roomId = room->id, context = QPointer<QObject>(context), done](
                    const Result<User> &user) {
                    if (!user) {
                        done(user.error());
                        return;
                    }
                    m_store->withdrawInvitation(roomId, user->id, principal.user.id, ofOthers, this,
                        [this, context, done](const Result<store::OpenInvitation> &ended) {
                            if (ended)
                                announceEnd({*ended});
                            if (context)
                                done(ended ? Result<Nothing>(Nothing()) : ended.error());
                        });
                });
        });
}

void Invitations::list(
    const Principal &principal, const QString &before, int limit, QObject *context, Done<InvitationPage> done)
{
    if (const auto problem = badLimit(limit)) {
        done(*problem);
        return;
    }
    std::optional<qint64> place;
    if (!before.isEmpty()) {
        bool ok = false;
        place = before.toLongLong(&ok);
        if (!ok) {
            done(Error{ErrorCode::InvalidField,
                QStringLiteral("The field 'before' must be what 'next' said of an earlier answer."),
                QStringLiteral("before")});
            return;
        }
    }
    m_store->invitationsOf(principal.user.id, place, limit, context, std::move(done));
}

void Invitations::decline(
    const Principal &principal, const QString &idOrName, bool block, QObject *context, Done<Nothing> done)
{
    const Named room = named(idOrName, m_limits);
    if (room.id.isEmpty() && room.skeleton.isEmpty()) {
        done(noSuchInvitation());
        return;
    }
    m_store->declineInvitation(room.id, room.skeleton, principal.user.id, block, this,
        [this, context = QPointer<QObject>(context), done = std::move(done)](
            const Result<QList<store::OpenInvitation>> &ended) {
            if (ended)
                announceEnd(*ended);
            if (context)
                done(ended ? Result<Nothing>(Nothing()) : ended.error());
        });
}

void Invitations::setBlocked(const Principal &principal, const QString &userIdOrName, bool blocked,
    QObject *context, Done<Nothing> done)
{
    // Without bytes: whoever may store no more today must still be able to keep others off. How many can be
    // blocked is bounded by the store.
    if (const auto problem = m_rooms->countChange(principal, 0)) {
        done(*problem);
        return;
    }
    m_accounts->findUser(userIdOrName, context,
        [this, principal, blocked, context = QPointer<QObject>(context), done = std::move(done)](
            const Result<User> &user) {
            if (!user) {
                done(user.error());
                return;
            }
            if (user->id == principal.user.id) {
                done(Error{
                    ErrorCode::Forbidden, QStringLiteral("Nobody can block themselves."), fields::user});
                return;
            }
            m_store->setBlocked(principal.user.id, user->id, blocked, this,
                [this, context, done](const Result<QList<store::OpenInvitation>> &ended) {
                    if (ended)
                        announceEnd(*ended);
                    if (context)
                        done(ended ? Result<Nothing>(Nothing()) : ended.error());
                });
        });
}

void Invitations::blocked(
    const Principal &principal, const QString &after, int limit, QObject *context, Done<store::UserPage> done)
{
    if (const auto problem = badLimit(limit)) {
        done(*problem);
        return;
    }
    m_store->blockedBy(principal.user.id, after, limit, context, std::move(done));
}

std::optional<Error> Invitations::badLimit(int limit) const
{
    if (limit >= 1 && limit <= m_limits.historyPage)
        return std::nullopt;
    return Error{ErrorCode::InvalidField,
        QStringLiteral("The field 'limit' must be a whole number from 1 to %1.").arg(m_limits.historyPage),
        QStringLiteral("limit")};
}

void Invitations::announceEnd(const QList<store::OpenInvitation> &ended)
{
    for (const store::OpenInvitation &one : ended)
        m_hub->noteInvitation(one.invitation, one.invited, false);
}

} // namespace rookery::core
