// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

namespace rookery::http {

/// History, messages, edits and deletions of the native API (common/README.md), under `/api/v1`.
void addNativeMessages(const RouteContext &context);

} // namespace rookery::http
