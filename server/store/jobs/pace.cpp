// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/jobs/pace.h"

#include <QFile>
#include <QThread>

#include <algorithm>
#include <ctime>

namespace rookery::store {

namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

// A batch of this size gains little from waiting. Measured with 50 senders that wait for their answers: all of them
// would be delayed by the interval.
constexpr size_t fullBatch = 16;
constexpr int mostAlone = 3;

/// Between two measurements of the processor time, for which the kernel adds up that of every thread.
constexpr std::chrono::milliseconds measuredEvery{50};
/// A measurement older than this says nothing about the present load.
constexpr std::chrono::milliseconds measuredAtMost{500};
/// Changes of the interval from one measurement to the next are halved, so that it settles although the load depends
/// on it.
constexpr int smoothing = 2;

/// The number of cores that the process may run on, or less if its control group (version 2) limits its time, as
/// containers and systemd's CPUQuota do.
double coresOfProcess()
{
    double cores = std::max(1, QThread::idealThreadCount());
    QFile group(QStringLiteral("/proc/self/cgroup"));
    QByteArray own;
    if (group.open(QIODevice::ReadOnly)) {
        for (const QByteArray &line : group.readAll().split('\n')) {
            if (line.startsWith("0::"))
                own = line.sliced(3);
        }
    }
    // In a container the path may be the one outside of it; then the mounted group is the container's own.
    for (const QByteArray &path : {own, QByteArray()}) {
        QFile file(QFile::decodeName("/sys/fs/cgroup" + path + "/cpu.max"));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        if (const auto allowed = Pace::coresAllowed(file.readAll()))
            cores = std::min(cores, *allowed);
        break;
    }
    return cores;
}

} // namespace

Pace::Pace(Options options)
    : m_options([&options] {
        if (options.cores <= 0)
            options.cores = coresOfProcess();
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
        double(spent.count()) / double(duration_cast<nanoseconds>(passed).count()) / m_options.cores;
    const double part = std::clamp((share - idle) / (busy - idle), 0.0, 1.0);
    const auto wanted = std::chrono::microseconds(qint64(part * double(m_options.longest.count())));
    m_interval += (wanted - m_interval) / smoothing;
}

std::optional<double> Pace::coresAllowed(const QByteArray &cpuMax)
{
    const QByteArrayList words = cpuMax.simplified().split(' ');
    const double quota = words.value(0).toDouble();
    const double period = words.value(1).toDouble();
    return quota > 0 && period > 0 ? std::optional(quota / period) : std::nullopt;
}

nanoseconds Pace::usedByProcess()
{
    timespec time = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

} // namespace rookery::store
