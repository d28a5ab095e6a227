// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/peer/trustedproxies.h"

#include <QHash>
#include <QHostAddress>

#include <memory>
#include <mutex>

namespace rookery::net {

/// Counts connections, in all and per address. An IPv6 address counts as its /64, since that is what one
/// customer has. Shared by all threads' servers.
///
/// Thread: any; judging and counting are one step. Nothing else is locked meanwhile.
class ConnectionQuota
{
public:
    enum class Verdict {
        Welcome, ///< counted until leave()
        Full, ///< one too many; to be told so, and counted until leaveRefused()
        AddressFull, ///< one too many from there; likewise
        Unheard, ///< one too many even of those that are told so; not counted, just to be closed
    };

    /// `connections` may be lower than the limit says, where the process may not open as many descriptors.
    /// `refused`: how many beyond them may be open at once to be told so. `proxies` bring many clients each,
    /// so that no number of connections is too many from one of them.
    ConnectionQuota(const Limits &limits, int connections, int refused, TrustedProxies proxies = {});

    Verdict enter(const Peer &peer);
    void leave(const Peer &peer);
    void leaveRefused();

private:
    using Key = QPair<quint64, quint64>;
    static Key keyOf(const QHostAddress &address);
    Verdict judge(const Peer &peer, const Key &key) const;

    const int m_connections;
    const int m_refused;
    const int m_perAddress;
    const TrustedProxies m_proxies;
    std::mutex m_mutex; ///< of what follows
    int m_count = 0;
    int m_refusedCount = 0;
    QHash<Key, int> m_byAddress;
};

/// For as many connections as the limits want and a process with so many I/O threads can open; raises its
/// soft limit of descriptors as far as it needs and may, and says so in the log where that is not far enough.
std::shared_ptr<ConnectionQuota> makeConnectionQuota(
    const Limits &limits, int ioThreads = 1, const TrustedProxies &proxies = {});

} // namespace rookery::net
