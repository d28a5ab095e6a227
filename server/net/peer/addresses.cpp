// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/peer/addresses.h"

#include <QtEndian>

#include <algorithm>
#include <iterator>

#include <netinet/in.h>
#include <sys/socket.h>

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

Peer peerOf(int descriptor, bool secure)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    Peer peer;
    peer.secure = secure;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr *>(&storage), &size) != 0)
        return peer;
    if (storage.ss_family == AF_UNIX) {
        peer.local = true;
        peer.address = QHostAddress(QHostAddress::LocalHost);
        return peer;
    }
    peer.address = plainAddress(QHostAddress(reinterpret_cast<const sockaddr *>(&storage)));
    quint16 port = 0;
    if (storage.ss_family == AF_INET)
        port = reinterpret_cast<const sockaddr_in &>(storage).sin_port;
    else if (storage.ss_family == AF_INET6)
        port = reinterpret_cast<const sockaddr_in6 &>(storage).sin6_port;
    peer.port = qFromBigEndian(port);
    return peer;
}

QHostAddress ownAddressOf(int descriptor)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr *>(&storage), &size) != 0
        || storage.ss_family == AF_UNIX)
        return {};
    return plainAddress(QHostAddress(reinterpret_cast<const sockaddr *>(&storage)));
}

} // namespace rookery::net
