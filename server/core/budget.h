// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/auth/ratelimiter.h"
#include "server/core/principal.h"

#include <chrono>
#include <optional>

namespace rookery::core {

/// The budget of work of each user and each network (THREATS 31). Every request and every WebSocket message
/// is charged to both, at the prices of core/costs.h. Budgets refill at Limits::workPerUser and
/// workPerNetwork and hold at most the refill of `burst`. Thread-safe.
///
/// A socket cannot spend a whole budget at once: it gets at most `paceFactor` times the refill, in pieces of
/// `paceTime`, so that others get the core in between.
class Budget
{
public:
    static constexpr std::chrono::seconds burst{20};
    static constexpr int paceFactor = 3;
    static constexpr std::chrono::milliseconds paceTime{30};
    /// The longest single wait of a socket.
    static constexpr std::chrono::milliseconds longestWait{3000};
    static constexpr std::chrono::seconds longestDebt{60};
    /// What a socket draws in advance, so that most of its messages cost one subtraction.
    static constexpr int share = 2000;

    explicit Budget(const Limits &limits);

    /// For callers that can be refused: nullopt, or how long until there is enough. A user without an id (a
    /// guest who is not admitted yet, somebody without a token) draws from the network alone.
    std::optional<std::chrono::milliseconds> take(const Principal &who, int microseconds);
    /// For callers that can wait: draws in advance if there is not enough, and answers how long to pause.
    /// nullopt if that would be longer than longestWait: ask again after it.
    std::optional<std::chrono::milliseconds> takeAhead(const Principal &who, int microseconds);
    /// For finished work that took longer than its price. If there is not enough it becomes a debt, up to
    /// longestDebt.
    void charge(const Principal &who, qint64 microseconds);

private:
    auth::RateLimiter m_users;
    auth::RateLimiter m_networks;
    auth::RateLimiter m_pace; ///< of users
};

} // namespace rookery::core
