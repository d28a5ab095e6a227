// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/origin.h"

#include <QHostAddress>

namespace rookery::auth {

namespace {

constexpr qsizetype longestHost = 253; // RFC 1035 section 2.3.4, as text

std::optional<QByteArray> canonicalHost(const QByteArray &host)
{
    if (host.startsWith('[')) {
        const QByteArray literal = host.mid(1, host.size() - 2);
        QHostAddress address;
        if (!host.endsWith(']') || literal.contains('%') || !address.setAddress(QString::fromLatin1(literal))
            || address.protocol() != QAbstractSocket::IPv6Protocol)
            return std::nullopt;
        return address.toString().toLatin1();
    }
    if (host.isEmpty() || host.size() > longestHost)
        return std::nullopt;
    for (const char c : host) {
        const bool allowed = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
            || c == '-' || c == '.' || c == '_';
        if (!allowed)
            return std::nullopt;
    }
    return host.toLower();
}

std::optional<quint16> portOf(const QByteArray &digits)
{
    if (digits.isEmpty() || digits.size() > 5)
        return std::nullopt;
    for (const char c : digits) {
        if (c < '0' || c > '9')
            return std::nullopt;
    }
    bool fits = false;
    const quint16 port = digits.toUShort(&fits);
    return fits && port > 0 ? std::optional(port) : std::nullopt;
}

} // namespace

std::optional<Origin> Origin::ofHost(const QByteArray &host, bool secure)
{
    QByteArray name = host;
    quint16 port = secure ? 443 : 80;
    // The last colon is the port's, unless it belongs to an IPv6 literal.
    const auto colon = host.lastIndexOf(':');
    if (colon > host.lastIndexOf(']')) {
        const auto given = portOf(host.mid(colon + 1));
        if (!given)
            return std::nullopt;
        port = *given;
        name = host.first(colon);
    }
    const auto canonical = canonicalHost(name);
    if (!canonical)
        return std::nullopt;
    return Origin{secure ? QByteArrayLiteral("https") : QByteArrayLiteral("http"), *canonical, port};
}

std::optional<Origin> Origin::parse(const QByteArray &serialized)
{
    const auto separator = serialized.indexOf("://");
    if (separator < 0)
        return std::nullopt;
    const QByteArray scheme = serialized.first(separator).toLower();
    if (scheme != "http" && scheme != "https")
        return std::nullopt;
    return ofHost(serialized.mid(separator + 3), scheme == "https");
}

} // namespace rookery::auth
