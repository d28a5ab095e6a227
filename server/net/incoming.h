// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"
#include "server/net/http/requesthead.h"

namespace rookery::net {

/// The request whose handler is running, as the client sent it, including what QHttpServer is not given.
/// Valid only during the handler's call; an asynchronous handler copies what it needs.
struct Incoming
{
    const RequestHead &head;
    const Peer &peer;
};

} // namespace rookery::net
