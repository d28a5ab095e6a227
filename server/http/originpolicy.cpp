#include "server/http/originpolicy.h"

#include "server/auth/presented.h"

namespace rookery::http {

namespace {

bool allowed(const QHttpServerRequest &request, const QStringList &origins)
{
    return auth::originAllowed(request.value("Origin"), request.value("Host"),
        request.value("x-rookery-scheme") == "https", origins);
}

} // namespace

bool OriginPolicy::allows(const QHttpServerRequest &request) const
{
    return allowed(request, m_allowed);
}

bool OriginPolicy::isCrossOrigin(const QHttpServerRequest &request) const
{
    return !allowed(request, {});
}

bool OriginPolicy::isListed(const QHttpServerRequest &request) const
{
    return !m_allowed.isEmpty() && isCrossOrigin(request) && allows(request);
}

Headers OriginPolicy::corsHeaders(const QHttpServerRequest &request) const
{
    if (m_allowed.isEmpty())
        return {};
    Headers headers{{"Vary", "Origin"}};
    if (isListed(request)) {
        headers.emplaceBack("Access-Control-Allow-Origin", request.value("Origin"));
        headers.emplaceBack("Access-Control-Allow-Credentials", "true");
        headers.emplaceBack("Access-Control-Expose-Headers", "Location, Retry-After, WWW-Authenticate");
    }
    return headers;
}

Headers OriginPolicy::preflightHeaders(const QHttpServerRequest &request, const QByteArray &methods) const
{
    if (!isListed(request) || request.value("Access-Control-Request-Method").isEmpty())
        return {};
    return {
        {"Access-Control-Allow-Methods", methods},
        {"Access-Control-Allow-Headers", "Authorization, Content-Type"},
        {"Access-Control-Max-Age", "600"},
    };
}

} // namespace rookery::http
