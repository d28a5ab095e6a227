// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/sessiontable.h"
#include "server/store/store.h"

#include <QObject>
#include <QTimer>

#include <atomic>

namespace rookery::core {

/// Keeps the SessionTable in step with the store, one for each process. Where the store is shared, it reads the
/// control log twice a second, whatever becomes of the bus between the nodes: a session that ends on one node
/// is refused on every other within a second, and its sockets are closed. Where the store is not shared it only
/// loads the sessions.
///
/// Lives on one thread, which outlives the I/O threads that are connected to its signals. Both must outlive it.
class SessionWatch : public QObject
{
    Q_OBJECT
public:
    static constexpr std::chrono::milliseconds interval{500};

    SessionWatch(store::Store *store, SessionTable *table, QObject *parent = nullptr);

    /// Loads all sessions, and begins to watch. Once, before anybody is served.
    void begin(QObject *context, Done<Nothing> done);
    /// Asks the store now, or again once the answer under way is there. For those who find that the table does
    /// not count any more. Thread-safe.
    void hurry();

Q_SIGNALS:
    /// Ended on another node, or, once more, on this one. The table does not have it any more.
    void sessionEnded(const QString &sessionId);
    /// The store was asked at `began`, by the steady clock, and has answered; the table is as of then at least.
    /// Or it has failed.
    void asked(bool answered, qint64 began);

private:
    using Clock = SessionTable::Clock;
    /// Of the control log, in one read.
    static constexpr int mostEnds = 1000;
    /// At least so long a store that has failed is left alone.
    static constexpr std::chrono::milliseconds afterFailure{100};

    void ask();
    void take(const store::ControlPage &page, Clock::time_point began);
    void load(Clock::time_point began, Done<Nothing> done);
    void finish(bool answered, Clock::time_point began);
    void hurried();
    void tell(const QStringList &ended);

    store::Store *m_store;
    SessionTable *m_table;
    QTimer m_next;
    QString m_epoch;
    bool m_asking = false;
    bool m_failed = false; ///< the last time
    std::atomic_bool m_hurried = false; ///< somebody waits for an answer that is not under way yet
};

} // namespace rookery::core
