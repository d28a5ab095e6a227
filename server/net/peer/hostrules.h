// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/http/refusal.h"
#include "server/net/http/requesthead.h"

#include <QHostAddress>
#include <QSet>
#include <QStringList>

#include <functional>
#include <optional>

namespace rookery::net {

/// The host names this server answers to. A page can point its own name at this server (DNS rebinding). The
/// visitor's browser then takes both for one origin and gives the page access to the visitor's network
/// (THREATS 39). The attack shows in a Host that is not one of the server's names.
///
/// The server's names are loopback names and addresses, the address that the connection came to, and those
/// that the operator lists. With a list, no other name is answered. Without one, the server's names are
/// unknown. It then refuses what a browser sends for such a page and hardly any other client does: an Origin
/// equal to the Host, over plain HTTP. Exempt are names that no outsider can own: an address, this machine's
/// name, a name without a dot or of a local network. (A browser's GET has no Origin, but it sends this
/// server's cookies only to this server's own name.)
///
/// A value; thread-safe once it is built.
class HostRules
{
public:
    /// Every name is answered.
    HostRules() = default;
    /// `publicHosts`: names and addresses (IPv6 without brackets), no ports. The hosts of `allowedOrigins`
    /// are known, too, but do not count as a list.
    HostRules(const QStringList &publicHosts, const QStringList &allowedOrigins);

    /// 421 if the request must not be answered. `own` returns the address that the connection came to; it is
    /// called only if needed.
    std::optional<Refusal> check(const RequestHead &head, const std::function<QHostAddress()> &own) const;

private:
    bool isKnown(const QByteArray &host, const std::function<QHostAddress()> &own) const;

    bool m_on = false;
    bool m_listed = false; ///< the operator has listed names
    QSet<QByteArray> m_known; ///< normalised by nameOf()
};

} // namespace rookery::net
