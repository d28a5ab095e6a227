// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

#include <QHash>

#include <optional>
#include <shared_mutex>

namespace rookery::core {

/// The log-ins that are good now, held in memory for all I/O threads: each request and handshake asks here.
/// Thread-safe. A lock, not messages: a log-in must be known on every thread before its token is answered.
class SessionTable
{
public:
    struct Entry
    {
        User user;
        QDateTime expiresAt;
        bool over = false; ///< takeExpired() has answered it
        /// When it was last shown, in seconds since 1970; a start of the daemon forgets it. Written while
        /// others read, as its like is everywhere here.
        mutable qint64 used = 0;
        int sockets = 0; ///< that are open
    };

    /// Those that the store knows, at the daemon's start.
    void load(store::Store *store, QObject *context, store::Done<Nothing> done);

    void insert(const QString &sessionId, Entry entry);
    /// Whose session that is; nothing where it is not this user's, over or unknown.
    std::optional<User> find(const QString &sessionId, const QString &userId, const QDateTime &now) const;
    /// A socket of the session has opened, and closed: as long as there is one, the session is in use.
    void opened(const QString &sessionId);
    void closed(const QString &sessionId, const QDateTime &now);
    /// Those of the user's sessions that have to end so that no more than `most` are good: those not used for
    /// longest, and those without sockets before others. Never `spared`.
    QStringList surplus(const QString &userId, int most, const QString &spared, const QDateTime &now) const;
    /// Removes a session of this user.
    std::optional<Entry> take(const QString &sessionId, const QString &userId);
    /// The sessions whose time has come to an end since the last call. They stay in the table, refused, until
    /// `store::expiredSessionsKept` has passed: where the clock was wrong and is set back, they are good
    /// again.
    QStringList takeExpired(const QDateTime &now);

private:
    mutable std::shared_mutex m_mutex;
    QHash<QString, Entry> m_entries; ///< by session id
    QMultiHash<QString, QString> m_ofUser; ///< the session ids by user id
};

} // namespace rookery::core
