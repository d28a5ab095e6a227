// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

namespace rookery::http {

/// Invitations and blocked users of the native API (common/README.md), under `/api/v1`.
void addNativeInvitations(const RouteContext &context);

} // namespace rookery::http
