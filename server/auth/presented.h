#pragma once

#include "server/net/handshake.h"

#include <QByteArray>
#include <QDateTime>
#include <QStringList>

/// How credentials are presented, over HTTP and in WebSocket handshakes alike (SEEDS.md, conventions).
namespace rookery::auth {

inline constexpr char sessionCookieName[] = "rookery_session";
/// The WebSocket subprotocol that the server selects where the client offered the pair `bearer, JWT`.
inline constexpr char bearerSubprotocol[] = "bearer";

/// A token and whether it came by cookie, for which the Origin must be checked.
struct PresentedToken
{
    QByteArray token; ///< empty: none was presented
    bool fromCookie = false;
};

/// Of the values of the Authorization and Cookie headers; `Bearer` (in any case), or a JWT alone, goes before
/// the cookie.
PresentedToken presentedToken(const QByteArray &authorization, const QByteArray &cookie);
/// Of a handshake: Authorization, `?token=`, the subprotocol pair `bearer, JWT`, the cookie, in that order.
PresentedToken presentedToken(const net::Handshake &handshake);

/// The Set-Cookie value of a log-in: HttpOnly, SameSite=Strict, Path=/, Secure under TLS, Max-Age until
/// `expiresAt`.
QByteArray sessionCookie(const QByteArray &token, const QDateTime &expiresAt, bool secure);
/// The Set-Cookie value that takes it back.
QByteArray clearedSessionCookie(bool secure);

/// Whether pages of `origin` may use this server: empty (no browser), the server's own (`scheme://host`), or
/// one of the allowed ones. Compared as serialized origins (RFC 6454 section 6.2); `null` is foreign.
bool originAllowed(
    const QByteArray &origin, const QByteArray &host, bool secure, const QStringList &allowedOrigins);

} // namespace rookery::auth
