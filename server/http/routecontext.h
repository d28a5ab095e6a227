// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/core.h"
#include "server/http/router.h"

class QObject;

namespace rookery::http {

/// What a group of routes needs. Handlers keep copies; everything that it points to outlives the router.
struct RouteContext
{
    Router *router;
    core::Core core;
    QObject *owner; ///< context of every call into the core: it outlives the single request
};

using RouteAction = void (*)(const RouteContext &, const Request &, const ReplyPtr &);

/// Adds a route for logged-in users.
void addForUsers(const RouteContext &context, Method method, const QString &pattern, RouteAction action);

} // namespace rookery::http
