// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"
#include "server/net/http/requesthead.h"

#include <QList>
#include <QPair>
#include <QStringList>

namespace rookery::net {

/// The reverse proxies whose word about where a request comes from is believed: X-Forwarded-For and
/// X-Forwarded-Proto, which every usual proxy can be told to send. From anybody else these fields are only
/// text, since a client can write what it likes into them.
///
/// A value; read by any thread once it is built.
class TrustedProxies
{
public:
    /// Nobody is believed.
    TrustedProxies() = default;
    /// `networks`: addresses, networks as `10.0.0.0/8` or `fd00::/8`, and `unix:` for whoever connects to a
    /// Unix socket. What isNetwork() refuses is left out.
    explicit TrustedProxies(const QStringList &networks);
    static bool isNetwork(const QString &network);

    bool trusts(const QHostAddress &address) const;
    bool trusts(const Peer &peer) const { return peer.local ? m_local : trusts(peer.address); }

    /// Who sent this request to `peer`, or to the proxies before it. X-Forwarded-For is read from its end,
    /// where the proxy nearest to us wrote, up to the first address that is no proxy of ours; what stands
    /// before that one may be invented. An entry that is no address ends the search at the proxy that sent
    /// it.
    Peer clientOf(const Peer &peer, const RequestHead &head) const;

private:
    QList<QPair<QHostAddress, int>> m_networks; ///< address and length of the prefix
    bool m_local = false;
};

} // namespace rookery::net
