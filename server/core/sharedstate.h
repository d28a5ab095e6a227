// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/auth/ratelimiter.h"
#include "server/core/budget.h"
#include "server/core/commonlimits.h"
#include "server/core/guesttable.h"
#include "server/core/sessiontable.h"
#include "server/core/storedbytes.h"

namespace rookery::core {

/// State shared by the cores of all I/O threads, beside the store. Each part is thread-safe. Outlives the
/// cores.
struct SharedState
{
    explicit SharedState(const Limits &limits)
        : logInsByAddress(QStringLiteral("log-ins by address"), limits.loginsPerMinute)
        , logInsByName(QStringLiteral("log-ins by name"), strangersPerLogIn * limits.loginsPerMinute)
        , logInsByDevice(QStringLiteral("log-ins by device"), limits.loginsPerMinute)
        , devicesByAddress(QStringLiteral("devices by address"), strangersPerLogIn * limits.loginsPerMinute)
        , passwordChangesByUser(QStringLiteral("password changes by user"), limits.loginsPerMinute)
        , registrationsByAddress(QStringLiteral("registrations by address"), limits.loginsPerMinute)
        , guestsByAddress(QStringLiteral("guests by address"), limits.guestsPerMinute)
        , lookUpsByAddress(lookUpsPerSecond, 10 * lookUpsPerSecond)
        , messagesByUser(limits.messagesPerSecond, limits.messagesBurst)
        , messagesByNetwork(
              usersPerNetwork * limits.messagesPerSecond, usersPerNetwork * limits.messagesBurst)
        , budget(limits)
        , invitationsByPair(limits.invitationsPerPair / 3600.0, limits.invitationsPerPair)
        , invitationsByNetwork(limits.invitationsPerNetwork / 3600.0, limits.invitationsPerNetwork)
        , storedBytes(limits)
    { }

    /// The attempts of all networks together at one name, as a multiple of those of one network: neither one
    /// network nor a few can lock the owner out.
    static constexpr int strangersPerLogIn = 10;

    /// How many users of one network may write at their full rate at the same time.
    static constexpr int usersPerNetwork = 10;

    /// Sessions of one network that are looked up in the store: enough for an office that has just been sent
    /// here from another node, and for whoever tries tokens of sessions that are over a small part of the store.
    static constexpr int lookUpsPerSecond = 100;

    SessionTable sessions;
    GuestTable guests;
    CommonLimits commonLimits; ///< counts with these, for all nodes together
    CommonLimit logInsByAddress;
    CommonLimit logInsByName;
    CommonLimit logInsByDevice; ///< by user, from where they have logged in before
    CommonLimit devicesByAddress; ///< the same by network, for who makes themself many users
    CommonLimit passwordChangesByUser; ///< by those who hold a session of the user
    CommonLimit registrationsByAddress;
    CommonLimit guestsByAddress;
    // What follows counts on this node alone.
    auth::RateLimiter lookUpsByAddress; ///< of sessions that this node does not know
    auth::RateLimiter messagesByUser;
    auth::RateLimiter messagesByNetwork;
    Budget budget;
    auth::RateLimiter invitationsByPair; ///< by the ids of inviter and invited
    auth::RateLimiter invitationsByNetwork; ///< by the id of the invited and the inviter's network
    StoredBytes storedBytes;
};

} // namespace rookery::core
