// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

#include <QHash>

#include <optional>
#include <shared_mutex>

namespace rookery::core {

/// The valid sessions, kept in memory for all I/O threads: every request and handshake looks here.
/// Thread-safe by a lock, not by messages: a session must be known to every thread before its token is sent
/// to the client.
class SessionTable
{
public:
    struct Entry
    {
        User user;
        QDateTime expiresAt;
        bool over = false; ///< takeExpired() has answered it
        /// When it was last used, in seconds since 1970; lost at a restart. Written under the shared lock.
        mutable qint64 used = 0;
        int sockets = 0; ///< that are open
    };

    /// Loads the sessions of the store, at the daemon's start.
    void load(store::Store *store, QObject *context, Done<Nothing> done);

    void insert(const QString &sessionId, Entry entry);
    /// The user of the session; nullopt if it is unknown, expired, or another user's.
    std::optional<User> find(const QString &sessionId, const QString &userId, const QDateTime &now) const;
    /// A socket of the session has opened or closed. While one is open, the session is in use.
    void opened(const QString &sessionId);
    void closed(const QString &sessionId, const QDateTime &now);
    /// The user's sessions that must end so that at most `most` remain: the least recently used, those
    /// without sockets first. Never `spared`.
    QStringList surplus(const QString &userId, int most, const QString &spared, const QDateTime &now) const;
    /// Removes a session of this user.
    std::optional<Entry> take(const QString &sessionId, const QString &userId);
    /// The sessions that have expired since the last call. They stay in the table, refused, for
    /// `store::expiredSessionsKept`: if a wrong clock is set back, they are valid again.
    QStringList takeExpired(const QDateTime &now);

private:
    mutable std::shared_mutex m_mutex;
    QHash<QString, Entry> m_entries; ///< by session id
    QMultiHash<QString, QString> m_ofUser; ///< the session ids by user id
};

} // namespace rookery::core
