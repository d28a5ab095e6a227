#pragma once

#include "common/limits.h"

#include <QHash>
#include <QHostAddress>

namespace rookery::net {

/// Counts connections, in all and per address. An IPv6 address counts as its /64, since that is what one
/// customer has.
class ConnectionQuota
{
public:
    enum class Verdict { Welcome, Full, AddressFull };

    /// `connections` may be lower than the limit says, where the process may not open as many descriptors.
    ConnectionQuota(const Limits &limits, int connections);

    Verdict judge(const QHostAddress &address) const;
    void enter(const QHostAddress &address);
    void leave(const QHostAddress &address);

private:
    using Key = QPair<quint64, quint64>;
    static Key keyOf(const QHostAddress &address);

    int m_connections;
    int m_perAddress;
    int m_count = 0;
    QHash<Key, int> m_byAddress;
};

} // namespace rookery::net
