// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/routecosts.h"

#include "server/core/costs.h"

#include <QLatin1String>

namespace rookery::http {

namespace {

using namespace core::costs;

struct RouteCost
{
    QLatin1String route;
    int cost; ///< beside `request`
};

constexpr RouteCost table[] = {
    // Monitoring must not get 429 because of other clients on its network.
    {QLatin1String("GET /health"), -request},

    {QLatin1String("POST /api/messages"), message + lookUp},
    {QLatin1String("POST /api/chats/send"), message},
    {QLatin1String("POST /chat/send"), message + lookUp},
    {QLatin1String("POST /api/v1/rooms/{room}/messages"), message + lookUp},
    {QLatin1String("PATCH /api/v1/rooms/{room}/messages/{seq}"), message + lookUp},
    {QLatin1String("DELETE /api/v1/rooms/{room}/messages/{seq}"), message + lookUp},
    {QLatin1String("GET /api/v1/rooms/{room}/messages/{seq}/versions"), page + lookUp},

    {QLatin1String("GET /messages"), list + page},
    {QLatin1String("GET /chat/history"), page + lookUp},
    {QLatin1String("GET /api/v1/rooms/{room}/events"), page + lookUp},

    {QLatin1String("GET /api/v1/rooms"), list},
    {QLatin1String("GET /api/v1/rooms/directory"), search},
    {QLatin1String("GET /api/v1/rooms/{room}"), lookUp},
    {QLatin1String("GET /api/v1/rooms/{room}/members"), list + lookUp},
    {QLatin1String("GET /api/v1/rooms/{room}/bans"), list + lookUp},
    {QLatin1String("POST /api/v1/rooms"), change},
    {QLatin1String("POST /api/v1/rooms/{room}/join"), change},
    {QLatin1String("POST /api/v1/rooms/{room}/leave"), change},
    {QLatin1String("POST /api/v1/rooms/{room}/members"), change},
    {QLatin1String("PATCH /api/v1/rooms/{room}"), change},
    {QLatin1String("PUT /api/v1/rooms/{room}/members/{user}"), change},
    {QLatin1String("DELETE /api/v1/rooms/{room}/members/{user}"), change},
    {QLatin1String("POST /api/v1/direct"), change},
    {QLatin1String("DELETE /api/v1/rooms/{room}/invitations/{user}"), change},
    {QLatin1String("GET /api/v1/invitations"), list},
    {QLatin1String("POST /api/v1/invitations/{room}/decline"), change},
    {QLatin1String("GET /api/v1/blocked"), list},
    {QLatin1String("PUT /api/v1/blocked/{user}"), change},
    {QLatin1String("DELETE /api/v1/blocked/{user}"), change},

    {QLatin1String("GET /users/{name}"), lookUp},
    {QLatin1String("GET /api/v1/users/{user}"), lookUp},
    {QLatin1String("GET /sessions"), list},
    {QLatin1String("GET /api/v1/sessions"), list},
    {QLatin1String("DELETE /sessions/{id}"), change},
    {QLatin1String("DELETE /api/v1/sessions/{id}"), change},
};

} // namespace

int routeCost(const QString &route)
{
    for (const RouteCost &each : table) {
        if (route == each.route)
            return request + each.cost;
    }
    return request;
}

QStringList routesWithCosts()
{
    QStringList routes;
    for (const RouteCost &each : table)
        routes.append(each.route);
    return routes;
}

} // namespace rookery::http
