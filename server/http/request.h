// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/jsonreader.h"
#include "server/core/principal.h"

#include <QList>
#include <QString>

#include <optional>
#include <utility>

namespace rookery::net {
struct Incoming;
}

namespace rookery::http {

/// A path's variable parts, by the names they have in the route's pattern, percent-decoded.
using PathParameters = QList<std::pair<QString, QString>>;

/// What a handler sees of a request: a view, good only while the handler runs. Handlers that wait copy what
/// they need.
class Request
{
public:
    /// `originAllowed`: whether it comes from no web page, or from one that may use this server.
    Request(const net::Incoming &incoming, PathParameters parameters, core::Principal principal,
        bool originAllowed);

    /// Who asks; empty on routes that are open to anybody.
    const core::Principal &principal() const { return m_principal; }
    /// The part `{name}` of the path.
    QString parameter(QLatin1String name) const;

    /// The body as one JSON object, whatever the Content-Type says: `curl -d` does not say it. InvalidJson.
    Result<JsonReader> json() const;

    /// An item of the query, decoded; empty optional where it is absent. Of several, the first. InvalidField
    /// naming it where it is no UTF-8 or holds U+0000: what would be looked for then is not what was asked.
    Result<std::optional<QString>> query(QLatin1String name) const;
    /// MissingField naming it where it is absent or empty.
    Result<QString> requiredQuery(QLatin1String name) const;
    /// A whole number within [min, max]; InvalidField naming it otherwise.
    Result<std::optional<qint64>> queryInteger(
        QLatin1String name, qint64 min = 0, qint64 max = (qint64(1) << 53) - 1) const;

    /// The elements of a list field of the head.
    QByteArrayList fieldList(QByteArrayView name) const;
    core::ClientInfo client() const;
    /// Whether the client came over TLS.
    bool secure() const;
    /// Whether the path was sent with a slash at its end.
    bool endsWithSlash() const;
    /// Whether the Content-Type says JSON (RFC 8259 and `+json`).
    bool declaresJson() const;
    /// Whether a page may send this Content-Type, or none, without asking first (Fetch standard, "CORS-safelisted
    /// request-header").
    bool declaresForm() const;
    bool hasBody() const;
    /// Whether a cookie may be set on this answer.
    bool originAllowed() const { return m_originAllowed; }

private:
    QByteArray mediaType() const;

    const net::Incoming &m_incoming;
    PathParameters m_parameters;
    core::Principal m_principal;
    bool m_originAllowed;
};

} // namespace rookery::http
