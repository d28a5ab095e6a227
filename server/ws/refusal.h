// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/closecode.h"
#include "common/error.h"

namespace rookery::net {
class WebSocket;
}

namespace rookery::ws {

/// A refused WebSocket is accepted, told why by an error frame and closed with the code, so that every client
/// can read it (resources/docs/dialects.md).
void refuseSocket(net::WebSocket *socket, const Error &error, CloseCode code);

/// More came than is kept while a socket is not ready.
Error sentTooEarly();

} // namespace rookery::ws
