#pragma once

#include "common/messages.h"

namespace rookery::core {

/// Who asks: a user within one log-in. Guests have no session id.
struct Principal
{
    User user;
    QString sessionId;
};

/// Where a request comes from, for rate limits and the list of sessions.
struct ClientInfo
{
    QString address; ///< textual IP address
    QString userAgent;
};

} // namespace rookery::core
