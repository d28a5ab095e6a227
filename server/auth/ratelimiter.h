#pragma once

#include <QHash>
#include <QString>

#include <chrono>
#include <functional>
#include <optional>

namespace rookery::auth {

/// A token bucket per key (an address, a user, a name). Bounded: at most `maxKeys` buckets, full ones are
/// forgotten first; when all are in use the oldest goes. Not thread-safe: belongs to the thread that uses it.
class RateLimiter
{
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    /// `burst` tokens at once, refilled at `perSecond`. A rate of 0 or less switches the limiter off.
    RateLimiter(
        double perSecond, double burst, int maxKeys = 100'000, Clock clock = &std::chrono::steady_clock::now);

    /// Takes a token: nullopt, or how long until there is one.
    std::optional<std::chrono::milliseconds> take(const QString &key);
    int keys() const { return int(m_buckets.size()); }

private:
    struct Bucket
    {
        double tokens;
        std::chrono::steady_clock::time_point at;
    };
    void makeRoom(std::chrono::steady_clock::time_point now);

    double m_perSecond;
    double m_burst;
    int m_maxKeys;
    Clock m_clock;
    QHash<QString, Bucket> m_buckets;
};

} // namespace rookery::auth
