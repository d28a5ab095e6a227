// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/pace.h"

#include <QThread>

#include <algorithm>
#include <ctime>

namespace rookery::store {

namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

// A batch of this size has little to gain: measured with 50 senders that wait for their answers, who
// otherwise would all be held up for the interval.
constexpr size_t fullBatch = 16;
constexpr int mostAlone = 3;

/// Between two looks at the processor time, which asks the kernel for that of every thread.
constexpr std::chrono::milliseconds measuredEvery{50};
/// Older than this, the look before says nothing about the load of now.
constexpr std::chrono::milliseconds measuredAtMost{500};
/// Changes of the interval from one look to the next are halved, so that it settles where it and the load
/// that depends on it agree.
constexpr int smoothing = 2;

} // namespace

Pace::Pace(Options options)
    : m_options([&options] {
        if (options.cores <= 0)
            options.cores = std::max(1, QThread::idealThreadCount());
        return std::move(options);
    }())
{ }

JobQueue::Company Pace::company() const
{
    if (m_alone >= mostAlone || m_interval.count() == 0)
        return {};
    return {m_last + m_interval, fullBatch};
}

void Pace::begin(size_t jobs, Clock::time_point now)
{
    m_last = now;
    m_alone = jobs > 1 ? 0 : std::min(m_alone + 1, mostAlone);
    if (now - m_measured >= measuredEvery)
        measure(now);
}

void Pace::measure(Clock::time_point now)
{
    const nanoseconds used = m_options.used();
    const auto passed = now - m_measured;
    const auto spent = used - m_used;
    m_measured = now;
    m_used = used;
    if (passed > measuredAtMost) {
        m_interval = {};
        return;
    }
    const double share =
        double(spent.count()) / double(duration_cast<nanoseconds>(passed).count()) / double(m_options.cores);
    const double part = std::clamp((share - idle) / (busy - idle), 0.0, 1.0);
    const auto wanted = std::chrono::microseconds(qint64(part * double(m_options.longest.count())));
    m_interval += (wanted - m_interval) / smoothing;
}

nanoseconds Pace::usedByProcess()
{
    timespec time = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

} // namespace rookery::store
