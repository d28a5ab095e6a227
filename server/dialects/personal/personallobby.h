// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

namespace rookery::http {

/// The HTTP routes of document 002 (resources/docs/dialects.md):
/// POST /api/auth/register, POST /api/auth/login, GET /api/users/profile, POST /api/chats/send.
void addPersonalLobby(const RouteContext &context);

} // namespace rookery::http
