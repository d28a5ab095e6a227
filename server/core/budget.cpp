// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/budget.h"

#include <algorithm>

namespace rookery::core {

namespace {

/// Limits are in milliseconds of work a second.
double perSecond(int milliseconds)
{
    return 1000.0 * milliseconds;
}
double whenFull(int milliseconds)
{
    return perSecond(milliseconds) * double(Budget::burst.count());
}

} // namespace

Budget::Budget(const Limits &limits)
    : m_users(perSecond(limits.workPerUser), whenFull(limits.workPerUser))
    , m_networks(perSecond(limits.workPerNetwork), whenFull(limits.workPerNetwork))
    , m_pace(paceFactor * perSecond(limits.workPerUser),
          paceFactor * perSecond(limits.workPerUser) * std::chrono::duration<double>(paceTime).count())
{ }

std::optional<std::chrono::milliseconds> Budget::take(const Principal &who, int microseconds)
{
    // The user first: somebody who is refused must not empty the network's budget by asking again and again.
    if (!who.user.id.isEmpty()) {
        if (const auto wait = m_users.take(who.user.id, microseconds))
            return wait;
    }
    return who.network.isEmpty() ? std::nullopt : m_networks.take(who.network, microseconds);
}

std::optional<std::chrono::milliseconds> Budget::takeAhead(const Principal &who, int microseconds)
{
    std::chrono::milliseconds wait{0};
    if (!who.user.id.isEmpty()) {
        const auto users = m_users.takeAhead(who.user.id, longestWait, microseconds);
        if (!users)
            return std::nullopt;
        wait =
            std::max(*users, m_pace.takeAhead(who.user.id, longestWait, microseconds).value_or(longestWait));
    }
    if (!who.network.isEmpty()) {
        const auto networks = m_networks.takeAhead(who.network, longestWait, microseconds);
        if (!networks)
            return std::nullopt;
        wait = std::max(wait, *networks);
    }
    return wait;
}

void Budget::charge(const Principal &who, qint64 microseconds)
{
    if (!who.user.id.isEmpty())
        m_users.takeAhead(who.user.id, longestDebt, microseconds);
    if (!who.network.isEmpty())
        m_networks.takeAhead(who.network, longestDebt, microseconds);
}

} // namespace rookery::core
