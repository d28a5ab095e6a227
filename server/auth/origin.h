// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <optional>

namespace rookery::auth {

/// Scheme, host and port of a page (RFC 6454), in a form that can be compared: lower case, the port filled
/// in, an IPv6 address in its shortest spelling.
struct Origin
{
    QByteArray scheme; ///< "http" or "https"
    QByteArray host; ///< IPv6 addresses without brackets
    quint16 port = 0;

    bool operator==(const Origin &) const = default;

    /// `http://HOST[:PORT]` or `https://HOST[:PORT]` and not a byte more; nullopt for anything else, `null`
    /// included.
    static std::optional<Origin> parse(const QByteArray &serialized);
    /// Of a server, from the Host header (`HOST[:PORT]`) and whether it is spoken to over TLS.
    static std::optional<Origin> ofHost(const QByteArray &host, bool secure);
};

} // namespace rookery::auth
