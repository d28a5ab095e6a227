#include "server/auth/presented.h"

#include "server/auth/origin.h"

#include <algorithm>

namespace rookery::auth {

namespace {

/// Three parts of base64url with dots between (RFC 7519 section 3.1).
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

/// Of `Bearer TOKEN`, or of a JWT alone: 001 says no more than that it is "in the Authorization header".
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

/// The first session cookie that holds something (RFC 6265 section 5.4: the more specific paths go first).
/// The value may stand in quotes, the neighbours may be anything.
QByteArray sessionOf(const QByteArray &cookies)
{
    const auto pairs = cookies.split(';');
    for (const QByteArray &pair : pairs) {
        const auto equals = pair.indexOf('=');
        if (equals < 0 || pair.first(equals).trimmed() != sessionCookieName)
            continue;
        QByteArray value = pair.mid(equals + 1).trimmed();
        if (value.size() >= 2 && value.startsWith('"') && value.endsWith('"'))
            value = value.mid(1, value.size() - 2);
        if (!value.isEmpty())
            return value;
    }
    return {};
}

QByteArray cookieWith(const QByteArray &value, qint64 maxAge, bool secure)
{
    QByteArray cookie = QByteArray(sessionCookieName) + '=' + value
        + "; Max-Age=" + QByteArray::number(maxAge) + "; Path=/; HttpOnly; SameSite=Strict";
    if (secure)
        cookie += "; Secure";
    return cookie;
}

} // namespace

PresentedToken presentedToken(const QByteArray &authorization, const QByteArray &cookie)
{
    if (const QByteArray bearer = bearerOf(authorization); !bearer.isEmpty())
        return {bearer, false};
    if (const QByteArray session = sessionOf(cookie); !session.isEmpty())
        return {session, true};
    return {};
}

PresentedToken presentedToken(const net::Handshake &handshake)
{
    if (const QByteArray bearer = bearerOf(handshake.authorization); !bearer.isEmpty())
        return {bearer, false};
    const QByteArray queried =
        handshake.query.queryItemValue(QStringLiteral("token"), QUrl::FullyDecoded).toUtf8();
    if (!queried.isEmpty())
        return {queried, false};
    const auto pair = handshake.subprotocols.indexOf(bearerSubprotocol);
    if (pair >= 0 && pair + 1 < handshake.subprotocols.size() && !handshake.subprotocols[pair + 1].isEmpty())
        return {handshake.subprotocols[pair + 1], false};
    return presentedToken(QByteArray(), handshake.cookie);
}

QByteArray sessionCookie(const QByteArray &token, const QDateTime &expiresAt, bool secure)
{
    const qint64 seconds = QDateTime::currentDateTimeUtc().secsTo(expiresAt);
    return cookieWith(token, std::max<qint64>(0, seconds), secure);
}

QByteArray clearedSessionCookie(bool secure)
{
    return cookieWith({}, 0, secure);
}

bool originAllowed(
    const QByteArray &origin, const QByteArray &host, bool secure, const QStringList &allowedOrigins)
{
    if (origin.isEmpty())
        return true;
    const auto page = Origin::parse(origin);
    if (!page)
        return false;
    if (page == Origin::ofHost(host, secure))
        return true;
    return std::any_of(allowedOrigins.cbegin(), allowedOrigins.cend(),
        [&page](const QString &allowed) { return page == Origin::parse(allowed.toLatin1()); });
}

} // namespace rookery::auth
