// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/routecontext.h"

#include <QString>

namespace rookery::http {

/// `/` (what runs here), `/health`, and `/swagger/` of document 004: Swagger UI with the daemon's OpenAPI
/// document. All files are compiled into the program; nothing is loaded from other hosts.
void addPages(const RouteContext &context, const QString &serverName);

} // namespace rookery::http
