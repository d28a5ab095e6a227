#include "server/net/addresses.h"

#include <algorithm>
#include <iterator>

namespace rookery::net {

QHostAddress plainAddress(const QHostAddress &address)
{
    bool isIpv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIpv4);
    return isIpv4 ? QHostAddress(ipv4) : address;
}

QString networkOf(const QHostAddress &address)
{
    const QHostAddress plain = plainAddress(address);
    if (plain.protocol() != QAbstractSocket::IPv6Protocol)
        return plain.toString();
    constexpr int prefixBytes = 8;
    Q_IPV6ADDR bytes = plain.toIPv6Address();
    std::fill(std::begin(bytes.c) + prefixBytes, std::end(bytes.c), quint8(0));
    return QHostAddress(bytes).toString() + QLatin1String("/64");
}

} // namespace rookery::net
