// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/auth/ratelimiter.h"
#include "server/core/principal.h"

#include <chrono>
#include <optional>

namespace rookery::core {

/// How much work one user and one network may cause, whatever it consists of (THREATS 31): every request and
/// every WebSocket message draws from both, reads too, at the prices of core/costs.h. Both refill at
/// Limits::workPerUser and workPerNetwork and hold what flows in within `burst`. Thread-safe.
///
/// A socket may not spend all that at once either: what waits takes `paceFactor` times as much as flows in,
/// in pieces of `paceTime`, so that others find a core between them.
class Budget
{
public:
    static constexpr std::chrono::seconds burst{20};
    static constexpr int paceFactor = 3;
    static constexpr std::chrono::milliseconds paceTime{30};
    /// The longest that a socket waits at a time.
    static constexpr std::chrono::milliseconds longestWait{3000};
    static constexpr std::chrono::seconds longestDebt{60};
    /// What a socket takes at once, so that most of its messages cost it a subtraction.
    static constexpr int share = 2000;

    explicit Budget(const Limits &limits);

    /// For who can be refused: nullopt, or how long until there is enough. A user without an id (a guest who
    /// is not admitted yet, somebody without a token) draws from the network alone.
    std::optional<std::chrono::milliseconds> take(const Principal &who, int microseconds);
    /// For who waits: takes it in advance where there is not enough, and answers how long nothing more should
    /// be done. nullopt where that would be longer than longestWait: ask again after it.
    std::optional<std::chrono::milliseconds> takeAhead(const Principal &who, int microseconds);
    /// For what has been done already and took longer than its price: a debt where there is not enough, up to
    /// longestDebt.
    void charge(const Principal &who, qint64 microseconds);

private:
    auth::RateLimiter m_users;
    auth::RateLimiter m_networks;
    auth::RateLimiter m_pace; ///< of users
};

} // namespace rookery::core
