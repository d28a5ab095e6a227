// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

#include <QString>

namespace rookery::http {

/// What people and machines look at: `/` (what runs here), `/health`, and document 004's `/swagger/`, Swagger
/// UI on the daemon's own OpenAPI document. All of it comes from the binary and asks nothing of other hosts.
void addPages(const RouteContext &context, const QString &serverName);

} // namespace rookery::http
