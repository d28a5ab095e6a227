// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/jobs/writer.h"
#include "server/threads/thread.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

namespace rookery::store {

/// A few threads that read beside the writer and each other (WAL), with one connection each. The transaction of a job
/// begins after it was queued, so it sees everything that was committed before the call. All of its statements see the
/// same state. One whose connection is lost begins again on a new one: once, and then until the database has been away for
/// `persistence`; while it is away for longer, each job has one attempt.
class Readers
{
public:
    Readers(Connect connect, int threads, int queueBound,
        std::shared_ptr<FaultLog> faults = std::make_shared<FaultLog>(),
        std::chrono::milliseconds persistence = {});
    /// Carries out and answers all queued jobs, and closes.
    ~Readers();

    /// Starts the threads and waits until each has its connection.
    Result<Nothing> start();
    /// Thread-safe.
    void enqueue(std::unique_ptr<Job> job) { m_queue.push(std::move(job)); }

private:
    using Clock = std::chrono::steady_clock;

    void loop(std::unique_ptr<Connection> connection);
    void carryOut(Job &job, std::unique_ptr<Connection> &connection);
    /// Runs and answers the job. False: the connection was lost, and the job, which is repeatable, is not answered.
    bool tryOut(Job &job, std::unique_ptr<Connection> &connection, bool isRepeatable);
    /// How long the database has been away for all threads.
    Clock::duration outage() const;

    Connect m_connect;
    int m_count;
    JobQueue m_queue;
    std::shared_ptr<FaultLog> m_faults;
    const std::chrono::milliseconds m_persistence;
    std::atomic<Clock::rep> m_lostAt =
        0; ///< when what first failed began; 0: the database has answered since
    std::vector<std::unique_ptr<threads::Thread>> m_threads;
};

} // namespace rookery::store
