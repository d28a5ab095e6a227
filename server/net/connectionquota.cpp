#include "server/net/connectionquota.h"

#include <QtEndian>

namespace rookery::net {

ConnectionQuota::ConnectionQuota(const Limits &limits, int connections)
    : m_connections(connections)
    , m_perAddress(limits.connectionsPerAddress)
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

ConnectionQuota::Verdict ConnectionQuota::judge(const QHostAddress &address) const
{
    if (m_count >= m_connections)
        return Verdict::Full;
    if (m_perAddress > 0 && m_byAddress.value(keyOf(address)) >= m_perAddress)
        return Verdict::AddressFull;
    return Verdict::Welcome;
}

void ConnectionQuota::enter(const QHostAddress &address)
{
    ++m_count;
    ++m_byAddress[keyOf(address)];
}

void ConnectionQuota::leave(const QHostAddress &address)
{
    --m_count;
    const auto found = m_byAddress.find(keyOf(address));
    if (found != m_byAddress.end() && --*found <= 0)
        m_byAddress.erase(found);
}

} // namespace rookery::net
