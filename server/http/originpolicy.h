// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/headers.h"

#include <QStringList>

namespace rookery::net {
struct Incoming;
}

namespace rookery::http {

/// Which web pages may use this server (resources/docs/api.md): its own, and those of `[http]
/// allowed_origins`. Decides CORS (the Fetch standard) and where the session cookie counts (THREATS.md 8, 9).
class OriginPolicy
{
public:
    explicit OriginPolicy(QStringList allowedOrigins)
        : m_allowed(std::move(allowedOrigins))
    { }

    /// Whether the request comes from no page at all, from this server's own or from an allowed one. One
    /// without an Origin of which the browser says `Sec-Fetch-Site: cross-site` comes from a foreign page.
    bool allows(const net::Incoming &request) const;
    /// Whether it comes from a page of another origin, allowed or not.
    bool isCrossOrigin(const net::Incoming &request) const;

    /// What goes into every answer: with an allowed foreign origin, leave to read it.
    Headers corsHeaders(const net::Incoming &request) const;
    /// What goes into the answer to a preflight, beside corsHeaders(); nothing where the origin is not
    /// allowed.
    Headers preflightHeaders(const net::Incoming &request, const QByteArray &methods) const;

private:
    bool isListed(const net::Incoming &request) const;

    QStringList m_allowed;
};

} // namespace rookery::http
