// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/faultlog.h"
#include "server/store/sqlite/jobqueue.h"
#include "server/store/sqlite/logheads.h"
#include "server/store/sqlite/pace.h"
#include "server/threads/thread.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace rookery::store {

using Connect = std::function<Result<std::unique_ptr<Connection>>()>;

struct WriterOptions
{
    Connect connect; ///< called on the writer's thread, again after an I/O error
    /// Once, before anything is written: schema, housekeeping. Its Error ends start().
    std::function<Result<Nothing>(Connection &)> prepare;
    /// Every `housekeepingInterval`, or sooner where it answers that there is more to do; makes its own
    /// transactions.
    std::function<bool(Connection &)> housekeeping;
    std::chrono::milliseconds housekeepingInterval = std::chrono::minutes(15);
    CommitObserver committed = {};
    /// After each commit: how many jobs were in it.
    std::function<void(quint64)> afterCommit = {};
    int queueBound = 0;
    Pace::Options pace = {};
    LogHeads *heads = nullptr; ///< what appends remember; none where null; outlives the writer
    std::shared_ptr<FaultLog> faults = std::make_shared<FaultLog>();
};

/// The one thread that writes. It takes everything that is queued, carries it out in one transaction,
/// commits, and then answers all of it: whatever arrives while a commit is being written goes into the next
/// one. Where the process keeps its cores busy, it waits for company (Pace).
///
/// A refused job (a taken name) is undone alone. When the transaction fails, nothing of the batch is
/// acknowledged. After an I/O error the connection is thrown away: SQLite has not made the failed frames
/// visible, the next transaction writes its own anew, and no fsync that has failed is ever called again for
/// the same data (the kernel may have dropped it and would report success).
class Writer
{
public:
    explicit Writer(WriterOptions options);
    /// Finishes what is queued, answers it, closes.
    ~Writer();

    /// Starts the thread and waits until the database is ready.
    Result<Nothing> start();
    /// Thread-safe.
    void enqueue(std::unique_ptr<Job> job) { m_queue.push(std::move(job)); }
    /// Transactions committed since the start. Thread-safe.
    quint64 commits() const { return m_commits.load(); }

private:
    using Clock = std::chrono::steady_clock;

    Result<Nothing> open();
    void loop();
    void carryOut(Jobs jobs);
    void transact(Jobs &jobs);
    void announce(const Jobs &jobs) const;
    void runOne(Job &job);
    bool run(Job &job);
    bool keepHouse();
    /// What becomes of the connection after a failed transaction.
    void recover(const DatabaseError &error);
    /// Throws where it cannot be opened again.
    void ensureConnection();

    WriterOptions m_options;
    JobQueue m_queue;
    Pace m_pace;
    std::unique_ptr<Connection> m_connection; ///< lives on the writer's thread only
    std::atomic<quint64> m_commits = 0;
    std::optional<threads::Thread> m_thread;
};

} // namespace rookery::store
