// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/auth/tokencache.h"
#include "server/core/principal.h"
#include "server/store/store.h"

#include <QSet>

namespace rookery::auth {
class PasswordHasher;
}

namespace rookery::core {

using store::Done;

struct SharedState;

struct LogIn
{
    Principal principal;
    QByteArray token;
    QDateTime expiresAt;
    QByteArray device; ///< for the browser to keep, as long as auth::DeviceSigner::lifetime
};

struct AccountsOptions
{
    Limits limits;
    std::chrono::seconds tokenLifetime{30 * 24 * 3600};
    bool registration = true;
    bool guests = false;
    QStringList admins = {}; ///< names of ServerRole::Admin
};

/// Registration, log-in, sessions and guests. Every log-in is a session that can be listed and revoked; a
/// token is good only while its session is. Lives on its I/O thread, where the context of every call
/// must live too; an answer may come from inside the call, and does not come once the context is destroyed.
/// What must be known to all threads is in SharedState.
class Accounts : public QObject
{
    Q_OBJECT
public:
    Accounts(store::Store *store, auth::PasswordHasher *hasher, const auth::TokenSigner *signer,
        SharedState *shared, AccountsOptions options, QObject *parent = nullptr);
    ~Accounts() override;

    /// Every account that is registered from now on is a member of this room.
    void setFirstRoom(const QString &roomId) { m_firstRoom = roomId; }
    /// InvalidField (username, password), NameTaken (reserved ones and those of admins, too), RateLimited,
    /// Forbidden where registration is closed.
    void registerUser(const QString &name, const QString &password, const ClientInfo &client,
        QObject *context, Done<User> done);
    /// BadCredentials, RateLimited. Past Limits::sessionsPerUser the session that has not been used for
    /// longest ends. A browser that this user has logged in from before has tries of its own, which strangers
    /// cannot use up.
    void logIn(const QString &name, const QString &password, const ClientInfo &client, QObject *context,
        Done<LogIn> done);

    /// Gives the caller another password, after checking the current one at the cost of a log-in and at a
    /// rate of the user's own, and ends every other session of the caller's (THREATS 7). InvalidField
    /// (current, new), Forbidden (current), RateLimited.
    void changePassword(const Principal &principal, const QString &current, const QString &fresh,
        const ClientInfo &client, QObject *context, Done<Nothing> done);

    /// Whose token this is, presented from `network`; Unauthorized otherwise. Synchronous and cheap: sessions
    /// are held in memory.
    Result<Principal> authenticate(const QByteArray &token, const QString &network = {}) const;

    /// The newest Limits::sessionsPerUser.
    void sessions(const Principal &principal, QObject *context, Done<QList<SessionInfo>> done);
    /// Ends a session of the caller's own; from then on its token is refused. NotFound.
    void revoke(const Principal &principal, const QString &sessionId, const ClientInfo &client,
        QObject *context, Done<Nothing> done);

    /// Ends the sessions whose time is over, as the clock says now; done by itself once a minute.
    void forgetExpired();

    /// A user with a generated name, for one socket. Unauthorized where guests are off; RateLimited.
    void admitGuest(const ClientInfo &client, QObject *context, Done<Principal> done);
    /// The guest that this address is over HTTP, where no connection says who goes on speaking: the same one
    /// for all its requests, so that a resend finds its message. Admitted at the
    /// first, and again after a restart or where very many addresses came since. Errors as admitGuest().
    void guestOfAddress(const ClientInfo &client, QObject *context, Done<Principal> done);
    /// The same where there is one already; none is admitted.
    std::optional<Principal> knownGuestOfAddress(const ClientInfo &client) const;

    /// Whether AccountsOptions::admins names the user.
    bool isAdmin(const User &user) const;
    /// A socket of a guest has opened, and closed: their row in the store stays while they are here.
    void guestArrived(const User &guest);
    void guestLeft(const User &guest);
    bool guestsAllowed() const { return m_options.guests; }

    /// By id or name. NotFound.
    void findUser(const QString &idOrName, QObject *context, Done<User> done);

Q_SIGNALS:
    /// Revoked or expired: its sockets must be closed.
    void sessionEnded(const QString &sessionId);

private:
    void makeGuest(int attempts, const QString &network, QObject *context, Done<Principal> done);
    /// Of a user whose password has been found to be that of the hash.
    void openSession(const User &user, const QString &passwordHash, const ClientInfo &client,
        QObject *context, Done<LogIn> done);
    /// These have been deleted, because a new session would have been one too many.
    void endSurplus(const User &user, const QStringList &ended, const QString &network);
    /// One more try for a password: how long to wait where it is one too many.
    std::optional<std::chrono::milliseconds> countTry(const ClientInfo &client, const QString &key);
    /// The same, told to `done` and to the log; false where it is one too many.
    bool mayTry(const ClientInfo &client, const QString &key, const Done<LogIn> &done);
    /// The user who has logged in from this browser before, unless these tries are used up, too.
    QString takeDevice(const ClientInfo &client);
    void storePassword(
        const Principal &principal, const QString &oldHash, const QString &newHash, Done<Nothing> done);

    store::Store *m_store;
    auth::PasswordHasher *m_hasher;
    const auth::TokenSigner *m_signer;
    mutable auth::TokenCache m_tokens;
    SharedState *m_shared;
    AccountsOptions m_options;
    QSet<QString> m_admins; ///< nameKey() of each
    QSet<QString> m_adminLookalikes; ///< skeletonOf() of each
    QString m_firstRoom;
};

} // namespace rookery::core
