// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket.h"

#include <QLatin1String>

#include <memory>
#include <vector>

namespace rookery::ws {

/// The sockets of `/test/echo`: every message is sent back unchanged, text as text and binary as binary,
/// without a token. For tests of RFC 6455, since no dialect answers arbitrary bytes; frame reader, outbox,
/// limits and heartbeat are those of all sockets. Only in a daemon that was started with ROOKERY_TEST_ECHO=1.
/// Lives on the reactor's thread.
class EchoSockets
{
public:
    static constexpr QLatin1String path{"/test/echo"};

    EchoSockets();
    ~EchoSockets();

    /// Echoes its messages until it closes.
    void add(net::WebSocket *socket);
    /// The server is shutting down: closes all of them with 1012.
    void goAway();

private:
    class Echo;
    void remove(Echo *echo);

    std::vector<std::unique_ptr<Echo>> m_echoes; ///< each knows its index
};

} // namespace rookery::ws
