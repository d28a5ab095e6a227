// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

namespace rookery::http {

/// The HTTP routes of document 003 (resources/docs/dialects.md):
/// POST /chat/send, GET /chat/history.
void addRoomRoutes(const RouteContext &context);

} // namespace rookery::http
