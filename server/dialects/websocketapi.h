// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/core.h"

#include <QObject>
#include <QStringList>

#include <memory>

namespace rookery::core {
class StoreReach;
}
namespace rookery::net {
class Server;
}

namespace rookery::ws {

struct WebSocketOptions
{
    QStringList allowedOrigins;
    Limits limits;
    bool testEcho = false; ///< open `/test/echo` as well, see EchoSockets
    core::StoreReach *reach =
        nullptr; ///< outlives the endpoints; none: this process has the store for itself
};

/// Every WebSocket endpoint of the daemon: `/`, `/websocket`, `/ws/chat/{room}`, `/ws/v1`. Sets the server's
/// handshake filter (404 for other paths, 403 for foreign origins), authenticates each new socket and gives
/// it the session of its dialect. Where the store's history changes (Hub::historyChanged()), every socket from before is
/// closed with 1012 within two seconds, not all at once; so it is where the store answers other nodes and not this one
/// (core::StoreReach), which then refuses handshakes with 503. Lives on the reactor's thread.
class WebSocketApi : public QObject
{
    Q_OBJECT
public:
    WebSocketApi(net::Server *server, core::Core core, WebSocketOptions options, QObject *parent = nullptr);
    ~WebSocketApi() override;

    /// Tells every client, with a jittered retry time, that the server is shutting down, and closes with
    /// 1012.
    void goAway();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace rookery::ws
