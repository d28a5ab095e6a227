// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "common/limits.h"
#include "server/auth/ratelimiter.h"
#include "server/core/principal.h"

#include <optional>

namespace rookery::core {

/// The bytes counted for a row of the database beside its text: ids, times and index entries.
inline constexpr qint64 storedRowBytes = 256;
/// A direct room and its two members.
inline constexpr qint64 directRoomBytes = 3 * storedRowBytes;

/// What one user and one network have stored in the last day (THREATS 37). A restart forgets it. Thread-safe.
class StoredBytes
{
public:
    explicit StoredBytes(
        const Limits &limits, auth::RateLimiter::Clock clock = &std::chrono::steady_clock::now);

    /// Counts bytes that are about to be stored for the caller. Past a limit RateLimited, naming it; nothing
    /// is counted then. Not used for protective actions (logging in, ending a session, leaving, declining,
    /// blocking): these must be possible however much has been stored.
    std::optional<Error> take(const Principal &principal, qint64 bytes);
    /// The same where there is no user yet: an account or a guest that is about to be made.
    std::optional<Error> takeOfNetwork(const QString &network, qint64 bytes);
    /// The same where only the user counts.
    std::optional<Error> takeOfUser(const User &user, const QString &network, qint64 bytes);

private:
    auth::RateLimiter m_byUser;
    auth::RateLimiter m_byNetwork;
};

} // namespace rookery::core
