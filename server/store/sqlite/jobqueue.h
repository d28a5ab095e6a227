// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/job.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace rookery::store {

/// A bounded queue of jobs between the callers and the database threads. Thread-safe.
class JobQueue
{
public:
    using Deadline = std::chrono::steady_clock::time_point;

    explicit JobQueue(int bound);

    /// Queues the job, or, at the bound, answers it with Overloaded.
    void push(std::unique_ptr<Job> job);

    /// When jobs that are there are taken: once there are `enough` of them, or it is `notBefore`.
    struct Company
    {
        Deadline notBefore = {};
        size_t enough = 1;
    };

    /// Waits for jobs and takes all of them, `most` at most. Empty at the deadline, and when the queue has
    /// been closed and is empty. One thread may wait here at a time.
    Jobs takeAll(size_t most, Deadline deadline, Company company);
    /// Waits for one job; null when the queue has been closed and is empty.
    std::unique_ptr<Job> takeOne();

    /// What is queued can still be taken.
    void close();
    bool isClosed() const;

private:
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<std::unique_ptr<Job>> m_jobs;
    const size_t m_bound;
    size_t m_wakeAt = 1; ///< jobs that a waiting thread wants to hear of
    bool m_closed = false;
};

} // namespace rookery::store
