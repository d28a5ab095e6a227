// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket.h"

#include <QLatin1String>

#include <memory>
#include <vector>

namespace rookery::ws {

/// The sockets of `/test/echo`: every message goes back to its sender as it came, text as text and binary as
/// binary, to anybody and without a token. What tests of RFC 6455 talk to, since no dialect answers arbitrary
/// bytes; frame reader, outbox, limits and heartbeat are those of every other socket. Open only where the
/// daemon was started with ROOKERY_TEST_ECHO=1. Lives on the reactor's thread.
class EchoSockets
{
public:
    static constexpr QLatin1String path{"/test/echo"};

    EchoSockets();
    ~EchoSockets();

    /// Echoes what comes on it until it closes.
    void add(net::WebSocket *socket);
    /// The server leaves: closes them all with 1012.
    void goAway();

private:
    class Echo;
    void remove(Echo *echo);

    std::vector<std::unique_ptr<Echo>> m_echoes; ///< each knows its index
};

} // namespace rookery::ws
