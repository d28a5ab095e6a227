// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"
#include "server/net/http/requesthead.h"

#include <QList>
#include <QPair>
#include <QStringList>

namespace rookery::net {

/// Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted; every common proxy can send them.
/// From other peers these fields are ignored, since a client can write anything into them.
///
/// A value; thread-safe once it is built.
class TrustedProxies
{
public:
    /// No proxy is trusted.
    TrustedProxies() = default;
    /// `networks`: addresses, networks such as `10.0.0.0/8` or `fd00::/8`, and `unix:` for every peer on a
    /// Unix socket. Entries that isNetwork() rejects are ignored.
    explicit TrustedProxies(const QStringList &networks);
    static bool isNetwork(const QString &network);

    bool trusts(const QHostAddress &address) const;
    bool trusts(const Peer &peer) const { return peer.local ? m_local : trusts(peer.address); }

    /// The client that sent this request, through `peer` and any further trusted proxies. X-Forwarded-For is
    /// read from its end, where the nearest proxy wrote, up to the first address that is not a trusted proxy;
    /// entries before that one may be forged. An entry that is not an address ends the search at the proxy
    /// that sent it.
    Peer clientOf(const Peer &peer, const RequestHead &head) const;

private:
    QList<QPair<QHostAddress, int>> m_networks; ///< address and prefix length
    bool m_local = false;
};

} // namespace rookery::net
