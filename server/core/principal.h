// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/permissions.h"

namespace rookery::core {

/// Who asks: a user within one log-in. Guests have no session id.
struct Principal
{
    User user;
    QString sessionId;
    QString network = {}; ///< where the request comes from, as ClientInfo::network
    bool admin = false; ///< named by AccountsOptions::admins

    ServerRole serverRole() const
    {
        if (user.guest)
            return ServerRole::Guest;
        return admin ? ServerRole::Admin : ServerRole::User;
    }
    /// The caller in a room that has been read for them.
    Actor in(const Room &room) const { return {serverRole(), room.role, room.kind}; }
};

/// Where a request comes from, for rate limits and the list of sessions.
struct ClientInfo
{
    QString address; ///< textual IP address
    QString network; ///< what limits by address count by: that address, or the /64 that it is in
    QString userAgent;
    QByteArray device = {}; ///< what the browser keeps of a log-in (auth::DeviceSigner)
};

} // namespace rookery::core
