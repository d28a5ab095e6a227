// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"

#include <algorithm>
#include <chrono>

namespace rookery::net {

/// Whether a peer keeps up Limits::bodyBytesPerSecond for as long as a stream takes. It begins with a credit
/// of Limits::bodyGrace; time that counts uses it up, and bytes give it back at that rate, to at most
/// `mostGraces` graces. So a slow start is allowed for and a pause is, but no peer that has been fast may
/// stand still for longer than that.
class Pace
{
public:
    using Clock = std::chrono::steady_clock;
    static constexpr int mostGraces = 6;

    Pace(const Limits &limits, Clock::time_point now)
        : m_most(mostGraces * limits.bodyGrace)
        , m_credit(limits.bodyGrace)
        , m_rate(double(limits.bodyBytesPerSecond))
        , m_at(now)
    { }

    /// Whether the time from now on counts; at first it does not.
    void setRunning(bool on, Clock::time_point now)
    {
        settle(now);
        m_running = on;
    }
    /// So many bytes more have been sent, or taken.
    void note(qint64 bytes, Clock::time_point now)
    {
        settle(now);
        if (bytes > 0 && m_rate > 0)
            m_credit = std::min(m_credit + Seconds(double(bytes) / m_rate), m_most);
    }
    bool isTooSlow(Clock::time_point now)
    {
        settle(now);
        return m_rate > 0 && m_credit.count() < 0;
    }

private:
    using Seconds = std::chrono::duration<double>;

    void settle(Clock::time_point now)
    {
        if (m_running)
            m_credit -= now - m_at;
        m_at = now;
    }

    Seconds m_most;
    Seconds m_credit;
    double m_rate; ///< bytes per second
    Clock::time_point m_at;
    bool m_running = false;
};

} // namespace rookery::net
