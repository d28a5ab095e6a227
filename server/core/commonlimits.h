// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/auth/ratelimiter.h"
#include "server/bus/buckets.h"

#include <QString>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace rookery::core {

/// A rate limit that holds for all nodes of a database together: its rate, and how this node counts by itself.
struct CommonLimit
{
    /// `name` tells it from the others, on every node; `perMinute` is the burst, too. 0: unlimited.
    CommonLimit(
        QString limitName, double perMinute, auth::RateLimiter::Clock clock = &std::chrono::steady_clock::now)
        : name(std::move(limitName))
        , local(perMinute / 60.0, perMinute, 100'000, std::move(clock))
    { }

    const QString name;
    auth::RateLimiter local;
};

/// Counts attempts for all nodes together (CLUSTER 1): where they have buckets in common, those decide. Else, and
/// while they do not answer, each node counts for itself and has its part of the limit, by the number of nodes
/// that are there, but no less than one attempt in the time in which a whole bucket fills.
///
/// What the common buckets grant is taken from this node's own, too, so that these are not full when the others
/// fall silent. Each change from one to the other can grant one more burst, and no more. Thread-safe but for
/// join().
class CommonLimits
{
public:
    struct Attempt
    {
        CommonLimit *limit;
        QString key; ///< whose: a network, a name, a user
    };
    /// nullopt: go on. Else how long to wait.
    using Answer = std::function<void(std::optional<std::chrono::milliseconds>)>;

    /// Before the first attempt. `nodes` says how many there are, with this one; it is called on any thread.
    /// `buckets`: null where the nodes have none. Both must outlive this.
    void join(std::function<int()> nodes, bus::Buckets *buckets);

    /// Counts an attempt with each limit in turn, up to the first that refuses it. Answers on the thread of
    /// `context`, sometimes from inside the call, within bus::Buckets::answerTime, and not after `context` is
    /// destroyed.
    void count(const std::vector<Attempt> &attempts, QObject *context, Answer answer);

private:
    std::optional<std::chrono::milliseconds> countHere(const std::vector<Attempt> &attempts) const;

    std::function<int()> m_nodes; ///< none: this one is alone
    bus::Buckets *m_buckets = nullptr;
};

} // namespace rookery::core
