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

/// A token bucket per key (an address, a user, a name). Bounded: at most `maxKeys` buckets. Full ones are
/// forgotten first; when all are in use the one that is nearest to full goes, so that somebody who floods it
/// with new keys cannot wash an exhausted one out. Thread-safe.
class RateLimiter
{
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    /// `burst` tokens at once, refilled at `perSecond`. A rate of 0 or less switches the limiter off.
    RateLimiter(
        double perSecond, double burst, int maxKeys = 100'000, Clock clock = &std::chrono::steady_clock::now);

    /// Takes that many tokens, or none: nullopt, or how long until there are as many; none is taken
    /// then. More than the burst counts as the burst. O(log keys), whatever the keys are.
    std::optional<std::chrono::milliseconds> take(const QString &key, qint64 tokens = 1);
    /// The same for a caller that can wait: takes them in advance where there are none, and answers how
    /// long it is until they would have been there (0: at once); nullopt, and nothing is taken, where that is
    /// longer than `longest`.
    std::optional<std::chrono::milliseconds> takeAhead(
        const QString &key, std::chrono::milliseconds longest, qint64 tokens = 1);
    /// How long until take() succeeds; 0: now.
    std::chrono::milliseconds untilFree(const QString &key, qint64 tokens = 1) const;
    int keys() const;

private:
    using Time = std::chrono::steady_clock::time_point;
    /// Every bucket by the time at which it will be full again. That time is all there is to know about a
    /// bucket: what it lacks is what flows in until then.
    using ByFullTime = std::multimap<Time, QString>;
    void makeRoom(Time now);
    /// Takes what flows in during `taken` where that lacks no more than `longest`; answers what it lacks.
    std::chrono::nanoseconds takeWithin(
        const QString &key, std::chrono::nanoseconds taken, std::chrono::nanoseconds longest);
    /// How long so many tokens take to flow in.
    std::chrono::nanoseconds timeOf(qint64 tokens) const;

    std::chrono::nanoseconds m_perToken{0}; ///< 0: switched off
    std::chrono::nanoseconds m_capacity{0}; ///< from empty to full
    int m_maxKeys;
    Clock m_clock;
    mutable std::mutex m_mutex;
    ByFullTime m_byFullTime;
    QHash<QString, ByFullTime::iterator> m_buckets;
};

} // namespace rookery::auth
