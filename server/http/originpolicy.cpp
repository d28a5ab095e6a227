// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/originpolicy.h"

#include "server/auth/presented.h"
#include "server/net/incoming.h"

namespace rookery::http {

namespace {

bool allowed(const net::Incoming &request, const QStringList &origins)
{
    return auth::originAllowed(request.head.first("origin"), request.head.host, request.peer.secure, origins);
}

} // namespace

bool OriginPolicy::allows(const net::Incoming &request) const
{
    // The browser says that it is another site, but not which: it cannot be an allowed one.
    if (request.head.first("origin").isEmpty()
        && request.head.first("sec-fetch-site").trimmed().toLower() == "cross-site")
        return false;
    return allowed(request, m_allowed);
}

bool OriginPolicy::isCrossOrigin(const net::Incoming &request) const
{
    return !allowed(request, {});
}

bool OriginPolicy::isListed(const net::Incoming &request) const
{
    return !m_allowed.isEmpty() && isCrossOrigin(request) && allows(request);
}

Headers OriginPolicy::corsHeaders(const net::Incoming &request) const
{
    if (m_allowed.isEmpty())
        return {};
    Headers headers{{"Vary", "Origin"}};
    if (isListed(request)) {
        headers.emplaceBack("Access-Control-Allow-Origin", request.head.first("origin"));
        headers.emplaceBack("Access-Control-Allow-Credentials", "true");
        headers.emplaceBack("Access-Control-Expose-Headers", "Location, Retry-After, WWW-Authenticate");
    }
    return headers;
}

Headers OriginPolicy::preflightHeaders(const net::Incoming &request, const QByteArray &methods) const
{
    if (!isListed(request) || request.head.first("access-control-request-method").isEmpty())
        return {};
    return {
        {"Access-Control-Allow-Methods", methods},
        {"Access-Control-Allow-Headers", "Authorization, Content-Type"},
        {"Access-Control-Max-Age", "600"},
    };
}

} // namespace rookery::http
