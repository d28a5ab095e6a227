// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

namespace rookery::http {

/// The HTTP routes of document 000 (resources/docs/dialects.md):
/// POST /api/messages: a direct message.
void addPersonalMessages(const RouteContext &context);

} // namespace rookery::http
