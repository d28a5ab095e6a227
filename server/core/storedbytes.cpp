// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/storedbytes.h"

#include "server/core/securitylog.h"

namespace rookery::core {

namespace {

constexpr double secondsOfDay = 24.0 * 3600;

Error tooMuch(bool ofNetwork, const QString &user, const QString &network, std::chrono::milliseconds wait)
{
    const QLatin1String key = ofNetwork ? QLatin1String("limits.bytes_per_network_per_day")
                                        : QLatin1String("limits.bytes_per_user_per_day");
    logSecurity(SecurityEvent::RateLimited, user, network, key);
    const QString sentence = ofNetwork
        ? QStringLiteral("As much as one network may store in a day has been stored from yours (%1).")
        : QStringLiteral("You have stored as much as one user may in a day (%1).");
    return {ErrorCode::RateLimited, sentence.arg(key), {}, wait};
}

} // namespace

StoredBytes::StoredBytes(const Limits &limits, auth::RateLimiter::Clock clock)
    : m_byUser(
        double(limits.bytesPerUserPerDay) / secondsOfDay, double(limits.bytesPerUserPerDay), 100'000, clock)
    , m_byNetwork(double(limits.bytesPerNetworkPerDay) / secondsOfDay, double(limits.bytesPerNetworkPerDay),
          100'000, clock)
{ }

std::optional<Error> StoredBytes::take(const Principal &principal, qint64 bytes)
{
    // Looked at first: who has used up one of the two must not use up the other by trying.
    if (!principal.network.isEmpty()) {
        if (const auto wait = m_byNetwork.untilFree(principal.network, bytes); wait.count() > 0)
            return tooMuch(true, principal.user.name, principal.network, wait);
    }
    if (const auto problem = takeOfUser(principal.user, principal.network, bytes))
        return problem;
    if (principal.network.isEmpty())
        return std::nullopt;
    if (const auto wait = m_byNetwork.take(principal.network, bytes))
        return tooMuch(true, principal.user.name, principal.network, *wait);
    return std::nullopt;
}

std::optional<Error> StoredBytes::takeOfNetwork(const QString &network, qint64 bytes)
{
    if (const auto wait = m_byNetwork.take(network, bytes))
        return tooMuch(true, {}, network, *wait);
    return std::nullopt;
}

std::optional<Error> StoredBytes::takeOfUser(const User &user, const QString &network, qint64 bytes)
{
    if (const auto wait = m_byUser.take(user.id, bytes))
        return tooMuch(false, user.name, network, *wait);
    return std::nullopt;
}

} // namespace rookery::core
