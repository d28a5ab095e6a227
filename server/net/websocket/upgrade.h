// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"
#include "server/net/http/refusal.h"
#include "server/net/http/requesthead.h"

#include <variant>

namespace rookery::net {

/// A valid WebSocket handshake (RFC 6455 section 4.2.1).
struct Upgrade
{
    Handshake handshake;
    /// The head to pass to QWebSocketServer. It keeps every field it gets for as long as it lives, so it gets
    /// only those it needs for the 101.
    QByteArray minimalHead;
};

/// Whether the request asks for a WebSocket. Other upgrades are ignored, as any server may do.
bool wantsWebSocket(const RequestHead &head);

/// Checks the handshake: 400 if something is missing or wrong, 426 for a version other than 13. Of the
/// offered subprotocols only `bearer` is ever selected, and only if a token comes with it.
std::variant<Upgrade, Refusal> checkUpgrade(const RequestHead &head, const Peer &peer);

} // namespace rookery::net
