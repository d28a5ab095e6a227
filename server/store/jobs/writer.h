// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/metrics/counters.h"
#include "server/store/jobs/faultlog.h"
#include "server/store/jobs/jobqueue.h"
#include "server/store/jobs/messagestore.h"
#include "server/store/jobs/pace.h"
#include "server/store/queries/logheads.h"
#include "server/threads/thread.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace rookery::store {

using Connect = std::function<Result<std::unique_ptr<Connection>>()>;

/// Between two attempts to get a connection.
inline constexpr std::chrono::milliseconds betweenAttempts{100};

struct WriterOptions
{
    Connect connect; ///< called on the writer's thread, again after an I/O error
    /// Called once, before anything else is written: schema, housekeeping. Its Error is that of start().
    std::function<Result<Nothing>(Connection &)> prepare;
    /// Called every `housekeepingInterval`, or sooner if it returns that there is more to do. Makes its own
    /// transactions.
    std::function<bool(Connection &)> housekeeping;
    std::chrono::milliseconds housekeepingInterval = std::chrono::minutes(15);
    /// Called every `watchInterval`, on a connection that may have to be opened: whether the database is still what it was.
    std::function<void(Connection &)> watch = {};
    std::chrono::milliseconds watchInterval = std::chrono::seconds(2);
    CommitObserver committed = {};
    /// Called after each commit with its number of jobs.
    std::function<void(quint64)> afterCommit = {};
    int queueBound = 0;
    Pace::Options pace = {};
    /// Jobs in a transaction. More of them save next to nothing, and the first sender would wait for the last one's work.
    size_t largestBatch = 2000;
    /// Whether a statement that fails ends its transaction unless it is undone to a savepoint before it.
    bool failuresNeedSavepoint = false;
    MessageStore *messages = nullptr; ///< null: they are run one by one, as all jobs; must outlive the writer
    /// How often a batch is begun that the database gives up (Fault::Transaction), as it does with one of two that wait for
    /// each other. Jobs can be carried out again.
    int attempts = 1;
    /// How long a batch is carried out again, on new connections, whose connection was lost: from when it began, or the
    /// connection was lost before it. Past that it is refused, and so is each that follows, after one attempt.
    std::chrono::milliseconds persistence{0};
    /// Whether the transaction of the last COMMIT, which was not answered, is in the database for good. Asked on a new
    /// connection.
    std::function<bool(Connection &)> hasCommitted = {};
    LogHeads *heads = nullptr; ///< null: none; must outlive the writer
    std::shared_ptr<FaultLog> faults = std::make_shared<FaultLog>();
};

/// The one thread that writes. It takes all queued jobs, carries them out in one transaction, commits, and answers all
/// of them. Jobs that arrive during a commit go into the next one (group commit). If the process keeps its cores busy,
/// it waits for more jobs before a transaction (Pace).
///
/// A job that is refused, for example because a name is taken, is undone alone. If the transaction fails, no job of the
/// batch is acknowledged. After an I/O error the connection is closed: SQLite has not made the failed frames visible,
/// and the next transaction writes its own. A failed fsync is never repeated for the same data, since the kernel may
/// have dropped it and would report success. A database on another machine can be asked what became of a transaction, so
/// there `persistence` makes a lost connection a delay.
class Writer
{
public:
    explicit Writer(WriterOptions options);
    /// Carries out and answers all queued jobs, and closes.
    ~Writer();

    /// Starts the thread and waits until the database is ready.
    Result<Nothing> start();
    /// Thread-safe.
    void enqueue(std::unique_ptr<Job> job) { m_queue.push(std::move(job)); }
    /// Transactions committed since the start. Thread-safe.
    quint64 commits() const { return m_commits.value(); }

private:
    using Clock = std::chrono::steady_clock;

    Result<Nothing> open();
    void loop();
    void carryOut(Jobs jobs);
    /// Until the jobs are committed or have to be refused. Throws for what they are to be refused.
    void persist(Jobs &jobs);
    void attempt(Jobs &jobs);
    void transact(Jobs &jobs, bool together);
    /// Stores the messages from `at` on, up to the first job that is something else; answers where that is.
    size_t storeTogether(Jobs &jobs, size_t at);
    void beginOnce();
    void announce(const Jobs &jobs) const;
    void runOne(Job &job);
    bool run(Job &job);
    bool keepHouse();
    void watch();
    /// After a failed transaction: closes the connection if it cannot be used any more.
    void recover(const DatabaseError &error, const char *what = "a transaction failed and was undone");
    /// Throws if it cannot be opened again.
    void ensureConnection();

    WriterOptions m_options;
    JobQueue m_queue;
    bool m_headsBegun = false; ///< in this transaction
    bool m_isCommitting = false; ///< COMMIT was sent, and not answered
    std::optional<Clock::time_point> m_lostSince; ///< no transaction has succeeded since
    Pace m_pace;
    std::unique_ptr<Connection> m_connection; ///< only used on the writer's thread
    metrics::Counter m_commits;
    std::optional<threads::Thread> m_thread;
};

} // namespace rookery::store
