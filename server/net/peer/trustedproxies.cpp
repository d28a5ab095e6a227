// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/peer/trustedproxies.h"

#include "server/net/peer/addresses.h"

#include <algorithm>

namespace rookery::net {

namespace {

constexpr QLatin1String localSockets("unix:");

/// `1.2.3.4`, `1.2.3.4:567`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:567`; null for anything else.
QHostAddress forwardedAddress(QByteArray entry)
{
    if (entry.startsWith('[')) {
        const qsizetype end = entry.indexOf(']');
        if (end < 0 || (end + 1 < entry.size() && entry[end + 1] != ':'))
            return {};
        entry = entry.mid(1, end - 1);
    } else if (entry.count(':') == 1) {
        entry.truncate(entry.indexOf(':'));
    }
    // A scoped address is valid only on the machine that wrote it. Qt also parses "1" and "0x7f.1".
    const bool spelledOut = entry.count('.') == 3 || entry.contains(':');
    if (!spelledOut || entry.contains('%'))
        return {};
    return plainAddress(QHostAddress(QString::fromLatin1(entry)));
}

} // namespace

TrustedProxies::TrustedProxies(const QStringList &networks)
{
    for (const QString &network : networks) {
        if (network == localSockets)
            m_local = true;
        else if (isNetwork(network))
            m_networks.append(QHostAddress::parseSubnet(network));
    }
}

bool TrustedProxies::isNetwork(const QString &network)
{
    if (network == localSockets)
        return true;
    const auto parsed = QHostAddress::parseSubnet(network);
    return !parsed.first.isNull() && parsed.second >= 0;
}

bool TrustedProxies::trusts(const QHostAddress &address) const
{
    if (m_networks.isEmpty() || address.isNull())
        return false;
    const QHostAddress asked = plainAddress(address);
    return std::any_of(m_networks.cbegin(), m_networks.cend(),
        [&asked](const QPair<QHostAddress, int> &network) { return asked.isInSubnet(network); });
}

Peer TrustedProxies::clientOf(const Peer &peer, const RequestHead &head) const
{
    if (!trusts(peer))
        return peer;
    Peer client = peer;
    const QByteArrayList schemes = head.list("x-forwarded-proto");
    if (!schemes.isEmpty())
        client.secure = schemes.constLast().toLower() == "https";
    const QByteArrayList chain = head.list("x-forwarded-for");
    for (auto entry = chain.crbegin(); entry != chain.crend(); ++entry) {
        const QHostAddress address = forwardedAddress(*entry);
        if (address.isNull())
            break;
        client.address = address;
        client.port = 0;
        client.local = false;
        if (!trusts(address))
            break;
    }
    return client;
}

} // namespace rookery::net
