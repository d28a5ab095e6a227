// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

namespace rookery::auth {

/// A token bucket per key (an address, a user, a name), at most `maxKeys` of them. Full buckets are evicted
/// first. If all are in use, the one nearest to full is evicted, so that a flood of new keys cannot evict an
/// exhausted one. Thread-safe.
class RateLimiter
{
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    /// `burst`: the capacity of a bucket. `perSecond`: the refill rate; 0 or less disables the limiter.
    RateLimiter(
        double perSecond, double burst, int maxKeys = 100'000, Clock clock = &std::chrono::steady_clock::now);

    /// Takes that many tokens and returns nullopt, or takes none and returns the time until there are enough.
    /// More than the burst counts as the burst. O(log keys), whatever the keys are.
    std::optional<std::chrono::milliseconds> take(const QString &key, qint64 tokens = 1);
    /// The same for a caller that can wait: missing tokens are taken in advance, and the time until they
    /// would have been there is returned (0: no wait). If that is longer than `longest`, nothing is taken and
    /// nullopt is returned.
    std::optional<std::chrono::milliseconds> takeAhead(
        const QString &key, std::chrono::milliseconds longest, qint64 tokens = 1);
    /// Time until take() succeeds; 0: now.
    std::chrono::milliseconds untilFree(const QString &key, qint64 tokens = 1) const;
    int keys() const;

    bool isOn() const { return m_perToken.count() > 0; }
    /// The time in which a token flows in, and that from empty to full. Of one that is on.
    std::chrono::nanoseconds perToken() const { return m_perToken; }
    std::chrono::nanoseconds capacity() const { return m_capacity; }

private:
    using Time = std::chrono::steady_clock::time_point;
    /// Every bucket by the time at which it will be full again. That time is its whole state: the missing
    /// tokens are those that flow in until then.
    using ByFullTime = std::multimap<Time, QString>;
    void makeRoom(Time now);
    /// Takes what flows in during `taken` if the deficit is no more than `longest`; returns the deficit.
    std::chrono::nanoseconds takeWithin(
        const QString &key, std::chrono::nanoseconds taken, std::chrono::nanoseconds longest);
    /// The time in which this many tokens flow in.
    std::chrono::nanoseconds timeOf(qint64 tokens) const;

    std::chrono::nanoseconds m_perToken{0}; ///< 0: disabled
    std::chrono::nanoseconds m_capacity{0}; ///< from empty to full
    int m_maxKeys;
    Clock m_clock;
    mutable std::mutex m_mutex;
    ByFullTime m_byFullTime;
    QHash<QString, ByFullTime::iterator> m_buckets;
};

} // namespace rookery::auth
