// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/headers.h"

#include <QStringList>

namespace rookery::net {
struct Incoming;
}

namespace rookery::http {

/// Which web pages may use this server (resources/docs/api.md): its own, and those of `[http]
/// allowed_origins`. Decides about CORS (the Fetch standard) and about requests with the session cookie
/// (THREATS 8, 9).
class OriginPolicy
{
public:
    explicit OriginPolicy(QStringList allowedOrigins)
        : m_allowed(std::move(allowedOrigins))
    { }

    /// Whether the request comes from no page, from a page of this server or from an allowed one. A request
    /// without Origin but with `Sec-Fetch-Site: cross-site` comes from a foreign page.
    bool allows(const net::Incoming &request) const;
    /// Whether it comes from a page of another origin, allowed or not.
    bool isCrossOrigin(const net::Incoming &request) const;

    /// Headers of every answer; they let pages of an allowed foreign origin read it.
    Headers corsHeaders(const net::Incoming &request) const;
    /// Further headers of the answer to a preflight; none if the origin is not allowed.
    Headers preflightHeaders(const net::Incoming &request, const QByteArray &methods) const;

private:
    bool isListed(const net::Incoming &request) const;

    QStringList m_allowed;
};

} // namespace rookery::http
