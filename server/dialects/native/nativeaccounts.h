// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

namespace rookery::http {

/// Registration, log-in, sessions and users of the native API (common/README.md), under `/api/v1`.
void addNativeAccounts(const RouteContext &context);

} // namespace rookery::http
