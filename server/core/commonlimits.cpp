// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/commonlimits.h"

#include <algorithm>
#include <utility>

namespace rookery::core {

void CommonLimits::join(std::function<int()> nodes, bus::Buckets *buckets)
{
    m_nodes = std::move(nodes);
    m_buckets = buckets;
}

void CommonLimits::count(const std::vector<Attempt> &attempts, QObject *context, Answer answer)
{
    std::vector<bus::Bucket> buckets;
    if (m_buckets) {
        for (const auto &[limit, key] : attempts) {
            if (limit->local.isOn())
                buckets.push_back(
                    {limit->name + u' ' + key, limit->local.perToken(), limit->local.capacity()});
        }
    }
    const auto counted = [this, attempts, answer](std::optional<std::chrono::milliseconds> wait) {
        if (!wait) {
            answer(countHere(attempts));
        } else if (wait->count() > 0) {
            answer(wait);
        } else {
            countHere(attempts);
            answer(std::nullopt);
        }
    };
    if (buckets.empty() || !m_buckets->take(buckets, context, counted))
        answer(countHere(attempts));
}

std::optional<std::chrono::milliseconds> CommonLimits::countHere(const std::vector<Attempt> &attempts) const
{
    // A token of all is worth as many of one node as there are nodes.
    const int tokens = m_nodes ? std::max(1, m_nodes()) : 1;
    for (const auto &[limit, key] : attempts) {
        if (const auto wait = limit->local.take(key, tokens))
            return wait;
    }
    return std::nullopt;
}

} // namespace rookery::core
