// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/pace.h"

#include <algorithm>

namespace rookery::store {

namespace {

// A batch of this size has little to gain: measured with 50 senders that wait for their answers, who
// otherwise would all be held up for the interval.
constexpr size_t fullBatch = 16;
constexpr int mostAlone = 3;

} // namespace

JobQueue::Company Pace::company() const
{
    if (m_alone >= mostAlone)
        return {};
    return {m_last + m_interval, fullBatch};
}

void Pace::begin(size_t jobs, Clock::time_point now)
{
    m_last = now;
    m_alone = jobs > 1 ? 0 : std::min(m_alone + 1, mostAlone);
}

} // namespace rookery::store
