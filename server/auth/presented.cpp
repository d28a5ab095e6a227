// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/presented.h"

#include "server/auth/origin.h"

#include <algorithm>

namespace rookery::auth {

namespace {

/// Three base64url parts separated by dots (RFC 7519 section 3.1).
bool looksLikeJwt(QByteArrayView value)
{
    int dots = 0;
    char last = '.';
    for (const char c : value) {
        const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || c == '-' || c == '_';
        if (!digit && (c != '.' || last == '.'))
            return false;
        dots += c == '.';
        last = c;
    }
    return dots == 2 && last != '.';
}

/// The token of `Bearer TOKEN`, or of a bare JWT: document 001 says only that it is "in the Authorization
/// header".
QByteArray bearerOf(const QByteArray &authorization)
{
    constexpr QByteArrayView scheme("bearer ");
    const QByteArray value = authorization.trimmed();
    if (looksLikeJwt(value))
        return value;
    if (value.size() <= scheme.size() || value.first(scheme.size()).compare(scheme, Qt::CaseInsensitive) != 0)
        return {};
    return value.mid(scheme.size()).trimmed();
}

const char *sessionName(bool secure)
{
    return secure ? secureSessionCookieName : sessionCookieName;
}

const char *deviceName(bool secure)
{
    return secure ? secureDeviceCookieName : deviceCookieName;
}

/// The non-empty values of all cookies with this name. A value may be quoted; the other cookies may be
/// anything.
QByteArrayList valuesOf(const QByteArray &cookies, const char *name)
{
    QByteArrayList found;
    const auto pairs = cookies.split(';');
    for (const QByteArray &pair : pairs) {
        const auto equals = pair.indexOf('=');
        if (equals < 0 || pair.first(equals).trimmed() != name)
            continue;
        QByteArray value = pair.mid(equals + 1).trimmed();
        if (value.size() >= 2 && value.startsWith('"') && value.endsWith('"'))
            value = value.mid(1, value.size() - 2);
        if (!value.isEmpty())
            found.append(value);
    }
    return found;
}

PresentedToken presented(const QByteArray &bearer, const QByteArray &cookies, bool secure)
{
    const QByteArrayList sessions = valuesOf(cookies, sessionName(secure));
    if (!bearer.isEmpty())
        return {bearer, false, !sessions.isEmpty()};
    if (sessions.size() == 1)
        return {sessions.constFirst(), true, true};
    return {{}, false, !sessions.isEmpty()};
}

/// `null`, or `SCHEME://…` of printable ASCII with a scheme other than http and https.
bool isAppOrigin(const QByteArray &origin)
{
    const auto printable = [](char c) { return c > ' ' && c <= '~' && c != ','; };
    const QByteArray lower = origin.toLower();
    return std::all_of(lower.begin(), lower.end(), printable)
        && (lower == "null"
            || (lower.indexOf("://") > 0 && !lower.startsWith("http:") && !lower.startsWith("https:")));
}

QByteArray cookieWith(const char *name, const QByteArray &value, qint64 maxAge, bool secure)
{
    QByteArray cookie = QByteArray(name) + '=' + value + "; Max-Age=" + QByteArray::number(maxAge)
        + "; Path=/; HttpOnly; SameSite=Strict";
    if (secure)
        cookie += "; Secure";
    return cookie;
}

} // namespace

PresentedToken presentedToken(const QByteArray &authorization, const QByteArray &cookie, bool secure)
{
    return presented(bearerOf(authorization), cookie, secure);
}

PresentedToken presentedToken(const net::Handshake &handshake)
{
    QByteArray bearer = bearerOf(handshake.authorization);
    if (bearer.isEmpty())
        bearer = handshake.query.queryItemValue(QStringLiteral("token"), QUrl::FullyDecoded).toUtf8();
    const auto pair = handshake.subprotocols.indexOf(bearerSubprotocol);
    if (bearer.isEmpty() && pair >= 0 && pair + 1 < handshake.subprotocols.size())
        bearer = handshake.subprotocols[pair + 1];
    return presented(bearer, handshake.cookie, handshake.peer.secure);
}

QByteArray sessionCookie(const QByteArray &token, const QDateTime &expiresAt, bool secure)
{
    const qint64 seconds = QDateTime::currentDateTimeUtc().secsTo(expiresAt);
    return cookieWith(sessionName(secure), token, std::max<qint64>(0, seconds), secure);
}

QByteArray clearedSessionCookie(bool secure)
{
    return cookieWith(sessionName(secure), {}, 0, secure);
}

QByteArray presentedDevice(const QByteArray &cookie, bool secure)
{
    const QByteArrayList devices = valuesOf(cookie, deviceName(secure));
    return devices.size() == 1 ? devices.constFirst() : QByteArray();
}

QByteArray deviceCookie(const QByteArray &value, std::chrono::seconds lifetime, bool secure)
{
    return cookieWith(deviceName(secure), value, qint64(lifetime.count()), secure);
}

bool originAllowed(
    const QByteArray &origin, const QByteArray &host, bool secure, const QStringList &allowedOrigins)
{
    if (origin.isEmpty())
        return true;
    const auto page = Origin::parse(origin);
    if (!page) {
        // Not a web origin: an app's, or the opaque one. It has no port or default to normalise.
        return isAppOrigin(origin)
            && allowedOrigins.contains(QString::fromLatin1(origin), Qt::CaseInsensitive);
    }
    if (page == Origin::ofHost(host, secure))
        return true;
    return std::any_of(allowedOrigins.cbegin(), allowedOrigins.cend(),
        [&page](const QString &allowed) { return page == Origin::parse(allowed.toLatin1()); });
}

} // namespace rookery::auth
