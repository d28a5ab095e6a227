// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket.h"

namespace rookery::ws {

/// An encoder for core::Encoded whose result goes to Session::sendFrame(): the text that `encode` makes, as a
/// complete WebSocket frame. Empty if the text is, because the dialect has no such frame.
/// `broadcast.frame(&wholeFrame<&nativeframes::event>)`
template <auto encode>
QByteArray wholeFrame(const auto &thing)
{
    const QByteArray message = encode(thing);
    return message.isEmpty() ? message : net::messageFrame(message);
}

} // namespace rookery::ws
