// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

namespace rookery::http {

/// Rooms, members, events and direct rooms of the native API (common/README.md), under `/api/v1`.
void addNativeRooms(const RouteContext &context);

} // namespace rookery::http
