// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"

#include <QHostAddress>
#include <QString>

namespace rookery::net {

/// IPv4 in its own form where it comes as an IPv6 address (`::ffff:1.2.3.4`): it is still the same client.
QHostAddress plainAddress(const QHostAddress &address);

/// What limits by address count by: an IPv4 address, and of an IPv6 one its /64, since that is what one
/// customer has.
QString networkOf(const QHostAddress &address);

/// Of an accepted descriptor.
Peer peerOf(int descriptor, bool secure);
/// The address of this machine that a connection came to; null over a Unix socket.
QHostAddress ownAddressOf(int descriptor);

} // namespace rookery::net
