// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"
#include "server/net/http/requesthead.h"

namespace rookery::net {

/// The request whose handler is running, as the client sent it. Good for as long as the handler's own call;
/// whoever waits copies what is needed.
struct Incoming
{
    const RequestHead &head;
    const Peer &peer;
    QByteArray body = {}; ///< whole; empty where only the head has been read
};

} // namespace rookery::net
