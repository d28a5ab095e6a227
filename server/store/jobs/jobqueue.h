// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/jobs/job.h"

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

    /// Queues the job; if the queue is full, answers it with Overloaded.
    void push(std::unique_ptr<Job> job);

    /// When queued jobs are taken: as soon as there are `enough` of them, else at `notBefore`.
    struct Company
    {
        Deadline notBefore = {};
        size_t enough = 1;
    };

    /// Waits for jobs and takes all of them, but at most `most`. Empty at the deadline, and if the queue is closed and
    /// empty. Only one thread may wait here.
    Jobs takeAll(size_t most, Deadline deadline, Company company);
    /// Waits for one job; null if the queue is closed and empty.
    std::unique_ptr<Job> takeOne();

    /// Refuses further jobs. Those in the queue can still be taken.
    void close();
    bool isClosed() const;

private:
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<std::unique_ptr<Job>> m_jobs;
    const size_t m_bound;
    size_t m_wakeAt = 1; ///< number of jobs at which the waiting thread is woken
    bool m_closed = false;
};

} // namespace rookery::store
