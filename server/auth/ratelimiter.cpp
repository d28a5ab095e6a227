// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/ratelimiter.h"

#include <QCryptographicHash>

#include <algorithm>

namespace rookery::auth {

namespace {

// Longer keys are stored as their digest, so that clients cannot fill the memory with long keys.
constexpr int longestKey = 64;
// A bucket that takes longer than this to fill is treated as one that takes exactly this long; the bound
// keeps time point arithmetic from overflowing.
constexpr double longestSeconds = 366.0 * 24 * 3600;

QString bounded(const QString &key)
{
    if (key.size() <= longestKey)
        return key;
    const QByteArrayView bytes(reinterpret_cast<const char *>(key.utf16()), key.size() * 2);
    return QString::fromLatin1(
        QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toBase64(QByteArray::OmitTrailingEquals));
}

std::chrono::nanoseconds fromSeconds(double seconds)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(std::min(seconds, longestSeconds)));
}

} // namespace

RateLimiter::RateLimiter(double perSecond, double burst, int maxKeys, Clock clock)
    : m_maxKeys(std::max(1, maxKeys))
    , m_clock(std::move(clock))
{
    if (perSecond > 0) {
        m_perToken = std::max(fromSeconds(1 / perSecond), std::chrono::nanoseconds(1));
        m_capacity = std::max(fromSeconds(burst / perSecond), m_perToken);
    }
}

std::optional<std::chrono::milliseconds> RateLimiter::take(const QString &key, qint64 tokens)
{
    const auto missing = takeWithin(key, timeOf(tokens), std::chrono::nanoseconds(0));
    if (missing.count() <= 0)
        return std::nullopt;
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(missing), std::chrono::milliseconds(1));
}

std::optional<std::chrono::milliseconds> RateLimiter::takeAhead(
    const QString &key, std::chrono::milliseconds longest, qint64 tokens)
{
    const auto missing = takeWithin(key, timeOf(tokens), longest);
    if (missing > longest)
        return std::nullopt;
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(missing), std::chrono::milliseconds(0));
}

std::chrono::milliseconds RateLimiter::untilFree(const QString &key, qint64 tokens) const
{
    if (m_perToken.count() == 0)
        return {};
    const Time now = m_clock();
    const std::scoped_lock lock(m_mutex);
    const auto found = m_buckets.constFind(bounded(key));
    if (found == m_buckets.constEnd())
        return {};
    const auto missing = std::max((*found)->first, now) + timeOf(tokens) - now - m_capacity;
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(missing), std::chrono::milliseconds(0));
}

std::chrono::nanoseconds RateLimiter::timeOf(qint64 tokens) const
{
    if (m_perToken.count() == 0)
        return {};
    return m_perToken * std::clamp<qint64>(tokens, 0, m_capacity / m_perToken);
}

std::chrono::nanoseconds RateLimiter::takeWithin(
    const QString &key, std::chrono::nanoseconds taken, std::chrono::nanoseconds longest)
{
    if (m_perToken.count() == 0)
        return {};
    const Time now = m_clock();
    const QString name = bounded(key);

    const std::scoped_lock lock(m_mutex);
    const auto found = m_buckets.constFind(name);
    if (found == m_buckets.constEnd()) {
        makeRoom(now);
        m_buckets.insert(name, m_byFullTime.emplace(now + taken, name));
        return {};
    }
    const auto bucket = *found;
    const Time fullAt = std::max(bucket->first, now) + taken;
    const std::chrono::nanoseconds missing = fullAt - now - m_capacity;
    if (missing > longest)
        return missing;
    auto node = m_byFullTime.extract(bucket);
    node.key() = fullAt;
    m_buckets[name] = m_byFullTime.insert(std::move(node));
    return missing;
}

int RateLimiter::keys() const
{
    const std::scoped_lock lock(m_mutex);
    return int(m_buckets.size());
}

void RateLimiter::makeRoom(Time now)
{
    // Removes up to two full buckets per new one: the limiter shrinks after a flood, and no single call pays
    // for all of it.
    for (int i = 0; i < 2 && !m_byFullTime.empty(); ++i) {
        const auto first = m_byFullTime.begin();
        if (first->first > now && int(m_buckets.size()) < m_maxKeys)
            return;
        m_buckets.remove(first->second);
        m_byFullTime.erase(first);
    }
}

} // namespace rookery::auth
