// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/epoch.h"
#include "server/store/postgres/historyfile.h"
#include "server/store/store.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace rookery::store {

class Connection;

namespace postgres {

/// Whether the database still is the one that the node knows. A restored one, or a standby that took over without all that
/// was acknowledged, goes on with another history: it gets a new epoch, and clients resume (resources/docs/guarantees.md, 3). A
/// primary that a standby has taken over from is refused.
///
/// Each connection is looked at before it is used, and the writer's every few seconds. What is compared is the place in
/// the server's WAL with the furthest place known: to this node, in memory and in a file; and to `meta`, which a restore takes
/// back, but which comes along with a dump or a standby. `meta` also has the epochs that the history has had (`epochs`), so that the
/// second node that notices takes the epoch that the first one has given. Both are written under lockWrites().
///
/// Thread-safe but for begin().
class History
{
public:
    struct Options
    {
        QString file = {}; ///< StoreOptions::historyFile
        bool isLossless = false; ///< StoreOptions::losslessFailover
        std::function<void(const QString &)> changed = {}; ///< StoreOptions::epochChanged
    };
    /// `epoch` is set by begin(), and when it changes.
    History(Epoch epoch, Options options);
    /// Writes the file.
    ~History();

    /// Once, inside a transaction that holds lockWrites(), after the tables were made. Throws DatabaseError; that of a stale
    /// primary is a sentence for the operator.
    void begin(Connection &connection);
    /// Before a new connection is used, and again and again. Throws DatabaseError, with Fault::Connection where it must not be
    /// used. Does nothing before begin(). Answers generation().
    quint64 admit(Connection &connection);
    /// Grows when connections from before must not be used any more.
    quint64 generation() const { return m_generation; }
    /// What was committed, before anybody is told: what must be there after a lossless failover.
    void note(const std::vector<CommitNotice> &notices);

private:
    using Clock = std::chrono::steady_clock;
    /// What a database says of itself.
    struct Seen
    {
        Position position;
        QString epoch; ///< empty: it was removed
        QStringList epochs; ///< the epoch last
        std::optional<Position> noted;
    };
    enum class Verdict {
        Same,
        Adopted, ///< another node has given it a new epoch
        Promoted, ///< without a loss: it keeps its epoch
        Changed, ///< it needs a new epoch
    };

    Seen look(Connection &connection) const;
    /// Throws for a stale primary.
    Verdict judge(Connection &connection, const Seen &seen);
    bool isAllThere(Connection &connection);
    /// Writes to `meta` what the verdict asks for. Inside a transaction that holds lockWrites().
    KnownHistory settle(Connection &connection, const Seen &seen, Verdict verdict);
    void take(KnownHistory history, Verdict verdict);
    void keep();

    Epoch m_epoch;
    const Options m_options;
    std::mutex m_mutex; ///< of all that follows, while a database is asked
    bool m_hasBegun = false;
    std::optional<KnownHistory> m_known;
    std::optional<KnownHistory> m_kept; ///< in the file
    Clock::time_point m_keptAt = {};
    HistoryFile m_file;
    std::atomic<quint64> m_generation = 0;

    std::mutex m_headsMutex;
    std::unordered_map<QString, qint64>
        m_heads; ///< of rooms, as this node has committed them; with isLossless
};

} // namespace postgres

} // namespace rookery::store
