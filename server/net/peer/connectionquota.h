// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/peer/trustedproxies.h"

#include <QHash>
#include <QHostAddress>

#include <memory>
#include <mutex>

namespace rookery::net {

/// Counts connections, in all and per address. An IPv6 address counts as its /64, since a customer usually
/// gets a whole /64. Shared by the servers of all threads.
///
/// Thread: any; the check and the count are one atomic step. No other lock is held meanwhile.
class ConnectionQuota
{
public:
    enum class Verdict {
        Welcome, ///< counted until leave()
        Full, ///< over the limit; to be refused with an answer, and counted until leaveRefused()
        AddressFull, ///< over the limit of its address; likewise
        Unheard, ///< too many refused ones already; not counted, to be closed without an answer
    };

    /// `connections` may be lower than the configured limit if the process may not open that many
    /// descriptors. `refused`: how many connections beyond it may be open at once to be answered with a
    /// refusal. `proxies`: each carries many clients, so their connections have no limit per address.
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
    std::mutex m_mutex; ///< guards the following members
    int m_count = 0;
    int m_refusedCount = 0;
    QHash<Key, int> m_byAddress;
};

/// A quota for as many connections as the limits ask for and a process with this many I/O threads can open.
/// Raises the soft limit of descriptors as far as needed and allowed, and logs it if that is not enough.
std::shared_ptr<ConnectionQuota> makeConnectionQuota(
    const Limits &limits, int ioThreads = 1, const TrustedProxies &proxies = {});

} // namespace rookery::net
