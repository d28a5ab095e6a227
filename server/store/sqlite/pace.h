// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/jobqueue.h"

namespace rookery::store {

/// How long the writer waits for company before it begins a transaction.
///
/// A transaction costs as much processor time as a dozen messages, so that at a thousand messages a second,
/// committed as they come, most of the store's work would be commits of one or two messages each.
/// Transactions therefore begin an interval apart. That delays nobody who comes after a silence, nor a full
/// batch; and where the waits bring nobody, as with one sender who waits for each answer, they are left out
/// until messages come together again.
class Pace
{
public:
    using Clock = std::chrono::steady_clock;

    explicit Pace(std::chrono::microseconds interval)
        : m_interval(interval)
    { }

    /// What the next transaction waits for.
    JobQueue::Company company() const;
    /// It begins now, with so many jobs.
    void begin(size_t jobs, Clock::time_point now);

private:
    std::chrono::microseconds m_interval;
    Clock::time_point m_last; ///< when the transaction before began
    int m_alone = 0; ///< transactions of a single job in a row
};

} // namespace rookery::store
