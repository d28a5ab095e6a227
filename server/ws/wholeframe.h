// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket.h"

namespace rookery::ws {

/// The encoder of a thing as core::Encoded wants it, for Session::sendFrame(): what `encode` makes of it,
/// with the head of its WebSocket frame; empty where that is empty, since the dialect does not know such
/// things. `broadcast.frame(&wholeFrame<&nativeframes::event>)`
template <auto encode>
QByteArray wholeFrame(const auto &thing)
{
    const QByteArray message = encode(thing);
    return message.isEmpty() ? message : net::messageFrame(message);
}

} // namespace rookery::ws
