// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

namespace rookery::http {

/// Roles, removals, bans, names and topics of rooms, of the native API (common/README.md), under `/api/v1`.
void addNativeModeration(const RouteContext &context);

} // namespace rookery::http
