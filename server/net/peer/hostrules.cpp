// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/peer/hostrules.h"

#include "server/net/peer/addresses.h"

#include <QSysInfo>
#include <QUrl>

#include <algorithm>

namespace rookery::net {

namespace {

/// The name in a Host field: without the port, the brackets of an IPv6 address and the root's trailing dot,
/// in lower case; an address in its canonical form.
QByteArray nameOf(QByteArray host)
{
    if (host.startsWith('[')) {
        const qsizetype end = host.indexOf(']');
        host = end < 0 ? QByteArray() : host.mid(1, end - 1);
    } else if (host.count(':') == 1) {
        host.truncate(host.indexOf(':'));
    }
    host = host.toLower();
    if (host.endsWith('.'))
        host.chop(1);
    if (host.contains(':') && !host.contains('%')) {
        const QHostAddress address(QString::fromLatin1(host));
        return address.isNull() ? host : plainAddress(address).toString().toLatin1();
    }
    return host;
}

/// nullopt for a name: Qt also parses "1" and "0x7f.1" as addresses.
std::optional<QHostAddress> literalAddress(const QByteArray &host)
{
    const bool spelledOut = host.contains(':')
        || (host.count('.') == 3
            && std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }));
    const QHostAddress address = spelledOut ? QHostAddress(QString::fromLatin1(host)) : QHostAddress();
    return address.isNull() ? std::nullopt : std::optional(plainAddress(address));
}

bool isLoopback(const QByteArray &host)
{
    if (const auto address = literalAddress(host))
        return address->isLoopback();
    return host == "localhost" || host.endsWith(".localhost"); // RFC 6761 section 6.3
}

/// Names that no page on the internet can own: this machine's, those without a dot, and those in domains
/// reserved for local networks (RFC 6762 with its appendix G, RFC 8375, and ICANN's `internal`).
bool isLocalName(const QByteArray &host)
{
    static const QByteArray own = QSysInfo::machineHostName().toLower().toUtf8();
    static const QByteArrayList localDomains{".local", ".lan", ".internal", ".intranet", ".private", ".home",
        ".corp", ".localdomain", ".home.arpa"};
    return host == own || !host.contains('.')
        || std::ranges::any_of(
            localDomains, [&host](const QByteArray &domain) { return host.endsWith(domain); });
}

QByteArray hostOfOrigin(const QByteArray &origin)
{
    const qsizetype begin = origin.indexOf("://");
    return begin < 0 ? QByteArray() : nameOf(origin.mid(begin + 3));
}

/// A page that was loaded over plain HTTP from this host name, as its browser sees it. For a page loaded over
/// TLS somebody has a certificate for the name, so the name is the server's own.
bool isPlainPageOf(const QByteArray &host, const QByteArray &origin)
{
    return origin.startsWith("http://") && hostOfOrigin(origin) == host;
}

Refusal misdirected()
{
    return {421,
        {ErrorCode::InvalidRequest,
            QStringLiteral("This server does not answer to that name (the Host of the request). If it is "
                           "yours, list the name in [http] public_hosts of its configuration.")}};
}

} // namespace

HostRules::HostRules(const QStringList &publicHosts, const QStringList &allowedOrigins)
    : m_on(true)
    , m_listed(!publicHosts.isEmpty())
{
    for (const QString &host : publicHosts) {
        const QByteArray plain = host.toLatin1();
        m_known.insert(nameOf(plain.count(':') > 1 ? '[' + plain + ']' : plain));
    }
    for (const QString &origin : allowedOrigins) {
        if (const QByteArray host = hostOfOrigin(origin.toLatin1()); !host.isEmpty())
            m_known.insert(host);
    }
}

bool HostRules::isKnown(const QByteArray &host, const std::function<QHostAddress()> &own) const
{
    if (isLoopback(host) || m_known.contains(host))
        return true;
    if (const auto address = literalAddress(host))
        return !m_listed || *address == plainAddress(own());
    return !m_listed && isLocalName(host);
}

std::optional<Refusal> HostRules::check(
    const RequestHead &head, const std::function<QHostAddress()> &own) const
{
    if (!m_on)
        return std::nullopt;
    // A request without Host is HTTP/1.0, which no browser uses. An empty Host is for targets without an
    // authority (RFC 9112 section 3.2); no such target exists on this server, and no listed name is empty.
    if (head.host.isEmpty() && (!m_listed || head.minorVersion == 0))
        return std::nullopt;
    const QByteArray origin = m_listed ? QByteArray() : head.first("origin").toLower();
    // Most requests, which are of no page: it does not matter then which host they name.
    if (!m_listed && origin.isEmpty())
        return std::nullopt;
    const QByteArray host = nameOf(head.host);
    if (!m_listed && !isPlainPageOf(host, origin))
        return std::nullopt;
    if (isKnown(host, own))
        return std::nullopt;
    return misdirected();
}

} // namespace rookery::net
