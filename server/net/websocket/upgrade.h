// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"
#include "server/net/http/refusal.h"
#include "server/net/http/requesthead.h"

#include <variant>

namespace rookery::net {

/// A WebSocket handshake that is in order (RFC 6455 section 4.2.1).
struct Upgrade
{
    Handshake handshake;
    /// The head to show to QWebSocketServer: it keeps every field it sees for as long as it lives, so it gets
    /// only those it needs for the 101.
    QByteArray minimalHead;
};

/// Whether the request wants to become a WebSocket at all. Other upgrades are ignored, as every server may
/// do.
bool wantsWebSocket(const RequestHead &head);

/// Checks the handshake: 400 where something is missing or wrong, 426 for another version than 13. Of the
/// offered subprotocols only `bearer` is ever accepted, and only where a token comes with it.
std::variant<Upgrade, Refusal> checkUpgrade(const RequestHead &head, const Peer &peer);

} // namespace rookery::net
