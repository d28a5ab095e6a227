#pragma once

#include "server/core/core.h"

class QObject;

namespace rookery::http {

class Router;

/// What a group of routes is made of. The handlers keep copies; everything pointed to outlives the router.
struct RouteContext
{
    Router *router;
    core::Core core;
    QObject *owner; ///< context of every call into the core: it outlives the single request
};

} // namespace rookery::http
