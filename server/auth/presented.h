// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"

#include <QByteArray>
#include <QDateTime>
#include <QStringList>

/// How credentials are presented, over HTTP and in WebSocket handshakes alike (resources/docs/api.md).
namespace rookery::auth {

inline constexpr char sessionCookieName[] = "rookery_session";
/// The name over TLS. Browsers take a cookie of this prefix only over TLS and only from this very host, so
/// that neither a neighbouring host nor a page over plain HTTP can set it (RFC 6265bis section 4.1.3).
inline constexpr char secureSessionCookieName[] = "__Host-rookery_session";
/// What a browser that somebody has logged in from keeps (devicecookie.h), and its name over TLS.
inline constexpr char deviceCookieName[] = "rookery_device";
inline constexpr char secureDeviceCookieName[] = "__Host-rookery_device";
/// The WebSocket subprotocol that the server selects where the client offered the pair `bearer, JWT`.
inline constexpr char bearerSubprotocol[] = "bearer";

/// A token and whether it came by cookie, for which the Origin must be checked.
struct PresentedToken
{
    QByteArray token; ///< empty: none was presented
    bool fromCookie = false;
    bool withCookie = false; ///< a session cookie came along, used or not

    /// Whether the request proves by itself that the page it comes from holds the token: pages can make a
    /// browser send a cookie, but not a token that they do not have.
    bool needsNoOrigin() const { return !token.isEmpty() && !withCookie; }
};

/// Of the values of the Authorization and Cookie headers; `Bearer` (in any case), or a JWT alone, goes before
/// the cookie. Of two session cookies neither counts: one of them was set by somebody else. `secure`: whether
/// the request came over TLS, where only the cookie of the `__Host-` name counts.
PresentedToken presentedToken(const QByteArray &authorization, const QByteArray &cookie, bool secure);
/// Of a handshake: Authorization, `?token=`, the subprotocol pair `bearer, JWT`, the cookie, in that order.
PresentedToken presentedToken(const net::Handshake &handshake);

/// The Set-Cookie value of a log-in: HttpOnly, SameSite=Strict, Path=/, Secure under TLS, Max-Age until
/// `expiresAt`.
QByteArray sessionCookie(const QByteArray &token, const QDateTime &expiresAt, bool secure);
/// The Set-Cookie value that takes it back.
QByteArray clearedSessionCookie(bool secure);

/// Of the value of the Cookie header; empty where there is none, or more than one.
QByteArray presentedDevice(const QByteArray &cookie, bool secure);
/// The Set-Cookie value of a log-in from a browser, beside that of the session.
QByteArray deviceCookie(const QByteArray &value, std::chrono::seconds lifetime, bool secure);

/// Whether pages of `origin` may use this server: empty (no browser), the server's own (`scheme://host`), or
/// one of the allowed ones. Compared as serialized origins (RFC 6454 section 6.2). Origins of apps
/// (`capacitor://localhost`, `file://`) and `null` are foreign unless they are listed, byte for byte but for
/// case.
bool originAllowed(
    const QByteArray &origin, const QByteArray &host, bool secure, const QStringList &allowedOrigins);

} // namespace rookery::auth
