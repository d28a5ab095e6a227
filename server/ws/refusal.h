// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/closecode.h"
#include "common/error.h"

namespace rookery::net {
class WebSocket;
}

namespace rookery::ws {

/// A refused WebSocket is accepted, sent an error frame and closed with the code, so that every client can
/// read it (resources/docs/dialects.md).
void refuseSocket(net::WebSocket *socket, const Error &error, CloseCode code);

/// The client sent more than is kept while its socket is not ready.
Error sentTooEarly();

} // namespace rookery::ws
