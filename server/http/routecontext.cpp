// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/routecontext.h"

namespace rookery::http {

void addForUsers(const RouteContext &context, Method method, const QString &pattern, RouteAction action)
{
    context.router->add(
        method, pattern, Access::User, [context, action](const Request &request, const ReplyPtr &reply) {
            action(context, request, reply);
        });
}

} // namespace rookery::http
