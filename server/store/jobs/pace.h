// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/jobs/jobqueue.h"

#include <QByteArray>

#include <functional>
#include <optional>

namespace rookery::store {

/// How long the writer waits for more jobs before it begins a transaction.
///
/// A transaction costs as much processor time as a dozen messages. While cores are idle that does not matter: a
/// transaction begins as soon as the last one is committed, with the jobs that came meanwhile, and nobody waits longer
/// than the disk takes. When the process keeps its cores busy, transactions begin farther apart, up to `longest`, so
/// that more messages share one. A job that comes after a pause is not delayed, and neither is a full batch. If waiting
/// brings no further jobs, as with a single sender who waits for each answer, it is left out until jobs come in groups
/// again.
class Pace
{
public:
    using Clock = std::chrono::steady_clock;

    struct Options
    {
        std::chrono::microseconds longest = std::chrono::milliseconds(5);
        double cores = 0; ///< 0: as many as the process may use
        /// The processor time that the process has used.
        std::function<std::chrono::nanoseconds()> used = &Pace::usedByProcess;
    };

    /// The share of its cores' time at which waiting begins, and at which it is longest.
    static constexpr double idle = 0.6;
    static constexpr double busy = 0.9;

    explicit Pace(Options options);

    /// What the next transaction waits for.
    JobQueue::Company company() const;
    /// To be called when a transaction begins, with its number of jobs.
    void begin(size_t jobs, Clock::time_point now);

    static std::chrono::nanoseconds usedByProcess();
    /// How many cores' time a control group's `cpu.max` allows; none if it sets no limit.
    static std::optional<double> coresAllowed(const QByteArray &cpuMax);

private:
    void measure(Clock::time_point now);

    const Options m_options;
    std::chrono::microseconds m_interval{};
    Clock::time_point m_last; ///< when the last transaction began
    int m_alone = 0; ///< transactions of a single job in a row
    Clock::time_point m_measured; ///< when the processor time was last measured
    std::chrono::nanoseconds m_used{}; ///< the processor time at that moment
};

} // namespace rookery::store
