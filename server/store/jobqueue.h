#pragma once

#include "server/store/job.h"

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

    /// Waits for jobs and takes all of them, `most` at most. Empty at the deadline, and when the queue has
    /// been closed and is empty.
    Jobs takeAll(size_t most, Deadline deadline);
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
    bool m_closed = false;
};

} // namespace rookery::store
