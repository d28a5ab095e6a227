// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/refusal.h"

#include "common/jsoncodec.h"
#include "server/net/websocket.h"

namespace rookery::ws {

void refuseSocket(net::WebSocket *socket, const Error &error, CloseCode code)
{
    socket->sendText(toJson(json::fromError(error)));
    socket->close(code, error.detail);
}

Error sentTooEarly()
{
    return {ErrorCode::InvalidRequest,
        QStringLiteral("Too much was sent before the socket was ready to take it.")};
}

} // namespace rookery::ws
