// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"

#include <QHostAddress>
#include <QString>

namespace rookery::net {

/// Converts an IPv4-mapped IPv6 address (`::ffff:1.2.3.4`) to IPv4: it is the same client.
QHostAddress plainAddress(const QHostAddress &address);

/// The key of per-address limits: an IPv4 address, or the /64 of an IPv6 address, since a customer usually
/// gets a whole /64.
QString networkOf(const QHostAddress &address);

/// The peer address of an accepted descriptor.
Peer peerOf(int descriptor, bool secure);
/// The local address of a connection; null for a Unix socket.
QHostAddress ownAddressOf(int descriptor);

} // namespace rookery::net
