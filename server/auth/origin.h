// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <optional>

namespace rookery::auth {

/// Scheme, host and port of a page (RFC 6454), normalised for comparison: lower case, the port filled in, an
/// IPv6 address in its shortest form.
struct Origin
{
    QByteArray scheme; ///< "http" or "https"
    QByteArray host; ///< IPv6 addresses without brackets
    quint16 port = 0;

    bool operator==(const Origin &) const = default;

    /// Accepts exactly `http://HOST[:PORT]` and `https://HOST[:PORT]`; nullopt for anything else, `null`
    /// included.
    static std::optional<Origin> parse(const QByteArray &serialized);
    /// The origin of a server, from the Host header (`HOST[:PORT]`) and whether the connection uses TLS.
    static std::optional<Origin> ofHost(const QByteArray &host, bool secure);
};

} // namespace rookery::auth
