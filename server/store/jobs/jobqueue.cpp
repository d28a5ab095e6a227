// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/jobs/jobqueue.h"

#include <algorithm>

namespace rookery::store {

JobQueue::JobQueue(int bound)
    : m_bound(size_t(std::max(1, bound)))
{ }

void JobQueue::push(std::unique_ptr<Job> job)
{
    std::unique_lock lock(m_mutex);
    Q_ASSERT_X(!m_closed, "JobQueue", "a call of a store that is being destroyed");
    if (m_jobs.size() < m_bound) {
        m_jobs.push_back(std::move(job));
        const bool wake = m_jobs.size() >= m_wakeAt;
        // Unlocked first, since the woken thread needs the lock.
        lock.unlock();
        if (wake)
            m_changed.notify_one();
        return;
    }
    lock.unlock();
    job->refuse(Error{ErrorCode::Overloaded,
        QStringLiteral("The server has more to store than it can take; try again in a moment."), {},
        std::chrono::seconds(1)});
    Jobs answers;
    answers.push_back(std::move(job));
    postAnswers(std::move(answers));
}

Jobs JobQueue::takeAll(size_t most, Deadline deadline, Company company)
{
    std::unique_lock lock(m_mutex);
    m_changed.wait_until(lock, deadline, [this] { return m_closed || !m_jobs.empty(); });
    if (!m_jobs.empty() && m_jobs.size() < company.enough) {
        m_wakeAt = company.enough;
        m_changed.wait_until(
            lock, company.notBefore, [&] { return m_closed || m_jobs.size() >= company.enough; });
        m_wakeAt = 1;
    }
    const auto count = std::ptrdiff_t(std::min(most, m_jobs.size()));
    Jobs taken(std::make_move_iterator(m_jobs.begin()), std::make_move_iterator(m_jobs.begin() + count));
    m_jobs.erase(m_jobs.begin(), m_jobs.begin() + count);
    return taken;
}

std::unique_ptr<Job> JobQueue::takeOne()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_closed || !m_jobs.empty(); });
    if (m_jobs.empty())
        return nullptr;
    auto job = std::move(m_jobs.front());
    m_jobs.pop_front();
    return job;
}

void JobQueue::close()
{
    const std::scoped_lock lock(m_mutex);
    m_closed = true;
    m_changed.notify_all();
}

bool JobQueue::isClosed() const
{
    const std::scoped_lock lock(m_mutex);
    return m_closed;
}

} // namespace rookery::store
