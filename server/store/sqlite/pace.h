// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/jobqueue.h"

#include <functional>

namespace rookery::store {

/// How long the writer waits for company before it begins a transaction.
///
/// A transaction costs as much processor time as a dozen messages. While the process leaves its cores time,
/// that is spent: a transaction begins as soon as the one before is committed, with what came while the disk
/// was busy, and nobody waits longer than the disk takes. When the process keeps its cores busy, transactions
/// begin farther apart, up to `longest`, so that more messages share one. That delays nobody who comes after
/// a silence, nor a full batch; and where the waits bring nobody, as with one sender who waits for each
/// answer, they are left out until messages come together again.
class Pace
{
public:
    using Clock = std::chrono::steady_clock;

    struct Options
    {
        std::chrono::microseconds longest = std::chrono::milliseconds(5);
        int cores = 0; ///< 0: those that the process may run on
        /// The processor time that the process has used.
        std::function<std::chrono::nanoseconds()> used = &Pace::usedByProcess;
    };

    /// Of its cores' time, what the process uses when waits begin, and when they are longest.
    static constexpr double idle = 0.6;
    static constexpr double busy = 0.9;

    explicit Pace(Options options);

    /// What the next transaction waits for.
    JobQueue::Company company() const;
    /// It begins now, with so many jobs.
    void begin(size_t jobs, Clock::time_point now);

    static std::chrono::nanoseconds usedByProcess();

private:
    void measure(Clock::time_point now);

    const Options m_options;
    std::chrono::microseconds m_interval{};
    Clock::time_point m_last; ///< when the transaction before began
    int m_alone = 0; ///< transactions of a single job in a row
    Clock::time_point m_measured; ///< when the processor time was looked at
    std::chrono::nanoseconds m_used{}; ///< what it was then
};

} // namespace rookery::store
