// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

#include <QHash>
#include <QSet>

#include <atomic>
#include <chrono>
#include <limits>
#include <optional>
#include <shared_mutex>

namespace rookery::core {

/// The valid sessions, kept in memory for all I/O threads: every request and handshake looks here.
/// Thread-safe by a lock, not by messages: a session must be known to every thread before its token is sent
/// to the client.
///
/// Where other nodes write to the same store (store::Store::isShared()), it is a cache. Sessions of other
/// nodes are missing until somebody has asked the store (admit()). Those that other nodes have ended go when
/// the control log has been read (applyEnds()), and what the table says counts only for
/// `countsFor` after that.
class SessionTable
{
public:
    using Clock = std::chrono::steady_clock;

    /// How long what the table says counts after the control log was asked.
    static constexpr std::chrono::milliseconds countsFor{1000};

    struct Entry
    {
        User user;
        QDateTime expiresAt;
        /// When it was last used, in seconds since 1970; lost at a restart. Written under the shared lock.
        mutable qint64 used = 0;
        int sockets = 0; ///< that are open
        quint64 load = 0; ///< set by the table: the loads that had begun when it was inserted
    };

    /// What became of a session that was found in the store.
    enum class Admission {
        Admitted,
        Outdated, ///< the control log has been read further since: ask the store again
        Ended,
    };

    void insert(const QString &sessionId, Entry entry);
    /// Inserts a session that the store had when the control log ended at `head`, unless it is there. So a
    /// session that ends meanwhile is not inserted: its end either has been applied, or will be.
    Admission admit(const store::SessionRecord &session, qint64 head);
    /// The user of the session; nullopt if it is unknown, expired, or another user's.
    std::optional<User> find(const QString &sessionId, const QString &userId, const QDateTime &now) const;
    /// A socket of the session has opened or closed. While one is open, the session is in use.
    void opened(const QString &sessionId);
    void closed(const QString &sessionId, const QDateTime &now);
    /// The user's sessions that must end so that at most `most` remain: the least recently used, those
    /// without sockets first. Never `spared`. `others`: sessions that the store has and this table may not;
    /// their last use is taken to be their log-in.
    QStringList surplus(const QString &userId, int most, const QString &spared, const QDateTime &now,
        const QList<store::SessionRecord> &others = {}) const;
    /// Removes a session of this user.
    std::optional<Entry> take(const QString &sessionId, const QString &userId);
    /// The session has ended for good: removes it, and remembers it as ended. False if it was not there.
    bool end(const QString &sessionId);
    /// Whether only the store can say what the session is: it is neither here nor among those that ended last.
    bool isUnknown(const QString &sessionId) const;
    /// The sessions that expired after `since`, and not later than `now`. Expired ones stay in the table,
    /// refused, for `store::expiredSessionsKept`: if a wrong clock is set back, they are valid again.
    QStringList expiredBetween(const QDateTime &since, const QDateTime &now);

    /// The sessions of the store are about to be read. Answers what replace() wants to know.
    quint64 beginLoad();
    /// These are all sessions that the store has, read at or after the time when the control log ended at
    /// `head`, since beginLoad() answered `load`. Answers those that have ended unnoticed: what was in the table
    /// by then and is not among these.
    QStringList replace(const QList<store::SessionRecord> &sessions, quint64 load, qint64 head);
    /// The control log up to `upTo`. Answers the sessions that had ended in it.
    QStringList applyEnds(const QList<store::EndedSession> &ended, qint64 upTo);
    /// Up to here the control log has been applied.
    qint64 position() const;

    /// Where the store is shared: nothing counts until countFrom().
    void share() { m_countsUntil = 0; }
    /// Everything in the control log at that time has been applied. Changes nothing where the store is not shared.
    void countFrom(Clock::time_point when);
    /// Whether what find() answers counts. False only where the store is shared.
    bool counts() const
    {
        const qint64 until = m_countsUntil.load(std::memory_order_acquire);
        return until == forGood || Clock::now().time_since_epoch().count() < until;
    }

private:
    static constexpr qint64 forGood = std::numeric_limits<qint64>::max();
    /// Of ended sessions that are remembered, half of them at least.
    static constexpr qsizetype mostEnded = 16'384;

    void add(const QString &sessionId, Entry entry);
    bool remove(const QString &sessionId);
    void noteEnded(const QString &sessionId);

    mutable std::shared_mutex m_mutex;
    QHash<QString, Entry> m_entries; ///< by session id
    QMultiHash<QString, QString> m_ofUser; ///< the session ids by user id
    QSet<QString> m_ended; ///< those that ended last
    QSet<QString> m_endedBefore;
    qint64 m_position = 0;
    quint64 m_loads = 0;
    std::atomic<qint64> m_countsUntil{forGood}; ///< by the steady clock
};

} // namespace rookery::core
