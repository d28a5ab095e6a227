// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/peer/connectionquota.h"

#include <QtEndian>

#include <algorithm>

#include <sys/resource.h>

namespace rookery::net {

namespace {

/// Descriptors for everything that is not a connection: listeners, database, log, files being read …
constexpr rlim_t otherDescriptors = 128;
/// Those of the event dispatcher and the Handover.
constexpr rlim_t descriptorsPerThread = 3;
/// Connections that are answered with "come back later" at one time; further ones are just closed.
constexpr rlim_t refusedAtOnce = 64;

} // namespace

ConnectionQuota::ConnectionQuota(const Limits &limits, int connections, int refused, TrustedProxies proxies)
    : m_connections(connections)
    , m_refused(refused)
    , m_perAddress(limits.connectionsPerAddress)
    , m_proxies(std::move(proxies))
{ }

ConnectionQuota::Key ConnectionQuota::keyOf(const QHostAddress &address)
{
    bool isIpv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIpv4); // also from ::ffff:1.2.3.4
    if (isIpv4)
        return {ipv4, 4};
    const Q_IPV6ADDR ipv6 = address.toIPv6Address();
    return {qFromBigEndian<quint64>(&ipv6), 6};
}

ConnectionQuota::Verdict ConnectionQuota::judge(const Peer &peer, const Key &key) const
{
    if (m_count >= m_connections)
        return Verdict::Full;
    if (m_perAddress > 0 && m_byAddress.value(key) >= m_perAddress && !m_proxies.trusts(peer))
        return Verdict::AddressFull;
    return Verdict::Welcome;
}

ConnectionQuota::Verdict ConnectionQuota::enter(const Peer &peer)
{
    const Key key = keyOf(peer.address);
    const std::lock_guard lock(m_mutex);
    const Verdict verdict = judge(peer, key);
    if (verdict == Verdict::Welcome) {
        ++m_count;
        ++m_byAddress[key];
        return verdict;
    }
    if (m_refusedCount >= m_refused)
        return Verdict::Unheard;
    ++m_refusedCount;
    return verdict;
}

void ConnectionQuota::leave(const Peer &peer)
{
    const Key key = keyOf(peer.address);
    const std::lock_guard lock(m_mutex);
    --m_count;
    const auto found = m_byAddress.find(key);
    if (found != m_byAddress.end() && --*found <= 0)
        m_byAddress.erase(found);
}

void ConnectionQuota::leaveRefused()
{
    const std::lock_guard lock(m_mutex);
    --m_refusedCount;
}

std::shared_ptr<ConnectionQuota> makeConnectionQuota(
    const Limits &limits, int ioThreads, const TrustedProxies &proxies)
{
    const int wanted = limits.connections;
    const auto quota = [&](int connections, rlim_t refused) {
        return std::make_shared<ConnectionQuota>(limits, connections, int(refused), proxies);
    };
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return quota(wanted, refusedAtOnce);
    const rlim_t reserve = otherDescriptors + descriptorsPerThread * rlim_t(ioThreads) + refusedAtOnce;
    const rlim_t needed = rlim_t(wanted) + reserve;
    if (limit.rlim_cur < needed) {
        rlimit raised = limit;
        raised.rlim_cur = std::min(needed, limit.rlim_max);
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    if (limit.rlim_cur >= needed)
        return quota(wanted, refusedAtOnce);
    // If the reserve exceeds half of the limit, it gets half; a quarter of it is for refusals.
    const rlim_t kept = std::min(reserve, limit.rlim_cur - limit.rlim_cur / 2);
    const int affordable = int(limit.rlim_cur - kept);
    qWarning("Only %d of %d connections can be open at once: the process may not open more descriptors.",
        affordable, wanted);
    return quota(affordable, std::min(refusedAtOnce, kept / 4));
}

} // namespace rookery::net
