// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>

namespace rookery::client {

/// How long to wait before the next attempt: exponential with full jitter, so that clients do not all
/// reconnect at once. Pure: knows no clock and no timer.
class ReconnectPolicy
{
public:
    static constexpr std::chrono::milliseconds shortest{50};
    static constexpr std::chrono::milliseconds first{1'000}; ///< the bound of the first wait
    static constexpr std::chrono::milliseconds longest{30'000};

    /// `random` answers a number within [0, 1).
    explicit ReconnectPolicy(std::function<double()> random);
    /// With the system's random numbers.
    ReconnectPolicy();

    /// The wait before the next attempt, between `shortest` and a bound that starts at `first` and doubles
    /// with each call up to `longest`.
    std::chrono::milliseconds next();
    /// A connection has proved stable, or the circumstances have changed: start over.
    void reset() { m_attempt = 0; }

private:
    std::function<double()> m_random;
    int m_attempt = 0;
};

} // namespace rookery::client
