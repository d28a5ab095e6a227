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

/// Which names this server answers to. A page can make its own name point to this server (DNS rebinding): its
/// visitor's browser takes the two for one origin then, and lends the page its place in the network (THREATS
/// 39). What gives it away is a Host that is none of the server's.
///
/// The server's are loopback names and addresses, the address that the connection came to, and those that
/// the operator lists. With a list nothing else is answered. Without one the names are not known; refused
/// is then what a browser sends for such a page and hardly any other client does, an Origin of the Host's own
/// name over plain HTTP, unless nobody outside can have that name: an address, this machine's name, one
/// without a dot or of a local network. (What a browser sends without an Origin, a GET, brings no cookie of
/// this server to a name that is not this server's.)
///
/// A value; read by any thread once it is built.
class HostRules
{
public:
    /// Everything is answered.
    HostRules() = default;
    /// `publicHosts`: names and addresses (IPv6 without brackets), no ports. The hosts of `allowedOrigins`
    /// are known, too, but do not make a list.
    HostRules(const QStringList &publicHosts, const QStringList &allowedOrigins);

    /// 421 where it must not be answered. `own`: the address that the connection came to, which is only asked
    /// for where it matters.
    std::optional<Refusal> check(const RequestHead &head, const std::function<QHostAddress()> &own) const;

private:
    bool isKnown(const QByteArray &host, const std::function<QHostAddress()> &own) const;

    bool m_on = false;
    bool m_listed = false; ///< the operator has said which names there are
    QSet<QByteArray> m_known; ///< as nameOf() makes them
};

} // namespace rookery::net
