// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

namespace rookery::http {

/// The HTTP routes of document 001 (resources/docs/dialects.md):
/// POST /register, POST /login, GET /users/{name}, GET /messages, GET /sessions, DELETE /sessions/{id}.
void addDirectRoutes(const RouteContext &context);

} // namespace rookery::http
