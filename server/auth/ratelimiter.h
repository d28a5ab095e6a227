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

    /// Takes a token, or as many as that, or none: nullopt, or how long until there are so many. O(log keys),
    /// whatever the keys are. More than `burst` are never there.
    std::optional<std::chrono::milliseconds> take(const QString &key, int tokens = 1);
    /// The same for a caller that can wait: takes the token in advance where there is none, and answers how
    /// long it is until it would have been there (0: at once); nullopt, and nothing is taken, where that is
    /// longer than `longest`.
    std::optional<std::chrono::milliseconds> takeAhead(const QString &key, std::chrono::milliseconds longest);
    /// How long until take() succeeds; 0: now.
    std::chrono::milliseconds untilFree(const QString &key) const;
    int keys() const;

private:
    using Time = std::chrono::steady_clock::time_point;
    /// Every bucket by the time at which it will be full again. That time is all there is to know about a
    /// bucket: what it lacks is what flows in until then.
    using ByFullTime = std::multimap<Time, QString>;
    void makeRoom(Time now);
    /// Takes tokens where that lacks no more than `longest`; answers what it lacks.
    std::chrono::nanoseconds take(const QString &key, int tokens, std::chrono::nanoseconds longest);

    std::chrono::nanoseconds m_perToken{0}; ///< 0: switched off
    std::chrono::nanoseconds m_capacity{0}; ///< from empty to full
    int m_maxKeys;
    Clock m_clock;
    mutable std::mutex m_mutex;
    ByFullTime m_byFullTime;
    QHash<QString, ByFullTime::iterator> m_buckets;
};

} // namespace rookery::auth
