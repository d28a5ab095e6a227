// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/reconnectpolicy.h"

#include <QRandomGenerator>

#include <algorithm>
#include <cmath>

namespace rookery::client {

ReconnectPolicy::ReconnectPolicy(std::function<double()> random)
    : m_random(std::move(random))
{ }

ReconnectPolicy::ReconnectPolicy()
    : ReconnectPolicy([] { return QRandomGenerator::global()->generateDouble(); })
{ }

std::chrono::milliseconds ReconnectPolicy::next()
{
    // 2^5 s is past the longest wait: counting on would only overflow.
    const auto bound = std::min(longest, first * (1 << std::min(m_attempt, 5)));
    ++m_attempt;
    const std::chrono::milliseconds wait(std::llround(m_random() * double(bound.count())));
    return std::clamp(wait, shortest, bound);
}

} // namespace rookery::client
