// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/auth/tokencache.h"
#include "server/core/principal.h"
#include "server/core/sessionfinder.h"
#include "server/store/store.h"

#include <QSet>

namespace rookery::auth {
class PasswordHasher;
}

namespace rookery::core {

struct SharedState;

struct LogIn
{
    Principal principal;
    QByteArray token;
    QDateTime expiresAt;
    QByteArray device; ///< the device cookie of the browser, valid for auth::DeviceSigner::lifetime
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
/// token is valid only as long as its session. Lives on its I/O thread; so must the context of every call.
/// An answer may come from inside the call, and never comes after the context was destroyed. State shared by
/// all threads is in SharedState.
class Accounts : public QObject
{
    Q_OBJECT
public:
    Accounts(store::Store *store, auth::PasswordHasher *hasher, const auth::TokenSigner *signer,
        SharedState *shared, AccountsOptions options, QObject *parent = nullptr);
    ~Accounts() override;

    /// Accounts registered from now on become members of this room.
    void setFirstRoom(const QString &roomId) { m_firstRoom = roomId; }
    /// InvalidField (username, password), NameTaken (reserved ones and those of admins, too), RateLimited,
    /// Forbidden where registration is closed.
    void registerUser(const QString &name, const QString &password, const ClientInfo &client,
        QObject *context, Done<User> done);
    /// BadCredentials, RateLimited. Past Limits::sessionsPerUser the least recently used session ends. A
    /// browser from which this user has logged in before has a rate limit of its own, which others cannot
    /// exhaust.
    void logIn(const QString &name, const QString &password, const ClientInfo &client, QObject *context,
        Done<LogIn> done);

    /// Changes the caller's password and ends all their other sessions (THREATS 7). Checks the current
    /// password, which costs as much as a log-in and has a rate limit of its own per user. InvalidField
    /// (current, new), Forbidden (current), RateLimited.
    void changePassword(const Principal &principal, const QString &current, const QString &fresh,
        const ClientInfo &client, QObject *context, Done<Nothing> done);

    /// The watch of this process. Once, at the start; it outlives this object.
    void setSessionWatch(SessionWatch *watch) { m_finder.setWatch(watch); }
    /// The owner of a token that was presented from `network`; else Unauthorized. Cheap: sessions are kept in
    /// memory. nullopt where only the store can say it, which it never is for a store that is not shared.
    std::optional<Result<Principal>> knownOwner(const QByteArray &token, const QString &network = {}) const;
    /// The same, and asks the store if need be. RateLimited, where too many unknown sessions come from this
    /// network; StorageUnavailable and Overloaded, where the store does not answer.
    void authenticate(
        const QByteArray &token, const QString &network, QObject *context, Done<Principal> done);

    /// The newest Limits::sessionsPerUser.
    void sessions(const Principal &principal, QObject *context, Done<QList<SessionInfo>> done);
    /// Ends a session of the caller's own; from then on its token is refused. NotFound.
    void revoke(const Principal &principal, const QString &sessionId, const ClientInfo &client,
        QObject *context, Done<Nothing> done);

    /// Finds the sessions that have expired since the last time. Runs by itself once a minute.
    void forgetExpired();

    /// Creates a guest with a generated name, for one socket. Unauthorized if guests are off; RateLimited.
    void admitGuest(const ClientInfo &client, QObject *context, Done<Principal> done);
    /// The guest of an address over HTTP: the same one for all its requests, so that a resend finds its
    /// message. Admitted at the first request, and again after a restart or once very many other addresses
    /// have come. Errors as admitGuest().
    void guestOfAddress(const ClientInfo &client, QObject *context, Done<Principal> done);
    /// The same where there is one already; none is admitted.
    std::optional<Principal> knownGuestOfAddress(const ClientInfo &client) const;

    /// Whether AccountsOptions::admins names the user.
    bool isAdmin(const User &user) const;
    /// A socket of a guest has opened or closed. The guest's row in the store stays while one is open.
    void guestArrived(const User &guest);
    void guestLeft(const User &guest);
    bool guestsAllowed() const { return m_options.guests; }

    /// By id or name. NotFound.
    void findUser(const QString &idOrName, QObject *context, Done<User> done);

Q_SIGNALS:
    /// Ended before its time: its sockets must be closed, wherever they are.
    void sessionEnded(const QString &sessionId);
    /// Its sockets on this thread must be closed; every other thread notices by itself.
    void sessionExpired(const QString &sessionId);

private:
    void makeGuest(int attempts, const QString &network, QObject *context, Done<Principal> done);
    /// For a user whose password was verified against this hash.
    void openSession(const User &user, const QString &passwordHash, const ClientInfo &client,
        QObject *context, Done<LogIn> done);
    /// `others`: the user's sessions as the store has them, where it is shared.
    void storeSession(const User &user, const QString &passwordHash, const ClientInfo &client,
        const QList<store::SessionRecord> &others, QObject *context, Done<LogIn> done);
    /// These sessions were deleted to make room for a new one.
    void endSurplus(const User &user, const QStringList &ended, const QString &network);
    /// A log-in that is under way.
    struct Try
    {
        QString name;
        QString key; ///< nameKey() of it
        QStringList passwords; ///< any of these
        ClientInfo client;
        QObject *context;
        Done<LogIn> done;
    };
    /// Counts it as that of a stranger; goes on if there were not too many, else answers and logs it.
    void countStranger(const Try &attempt, const std::function<void()> &goOn);
    /// `owner`: who has logged in from this browser before; empty: it counts as that of a stranger.
    void findCredentials(const Try &attempt, const QString &owner);
    void verify(const Try &attempt, const store::Credentials &credentials);
    void makeAccount(const QString &name, const QString &skeleton, const QString &password,
        const QString &network, Done<User> answer);
    void checkPassword(const Principal &principal, const QStringList &passwords, const QString &fresh,
        const QString &network, QObject *context, Done<Nothing> done);
    void storePassword(
        const Principal &principal, const QString &oldHash, const QString &newHash, Done<Nothing> done);

    store::Store *m_store;
    auth::PasswordHasher *m_hasher;
    const auth::TokenSigner *m_signer;
    mutable auth::TokenCache m_tokens;
    SharedState *m_shared;
    SessionFinder m_finder;
    QDateTime m_expiredUntil; ///< who has expired by then has been told
    AccountsOptions m_options;
    QSet<QString> m_admins; ///< nameKey() of each
    QSet<QString> m_adminLookalikes; ///< skeletonOf() of each
    QString m_firstRoom;
};

} // namespace rookery::core
