// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"

#include <QByteArray>
#include <QDateTime>
#include <QStringList>

/// How credentials are presented in HTTP requests and WebSocket handshakes (resources/docs/api.md).
namespace rookery::auth {

inline constexpr char sessionCookieName[] = "rookery_session";
/// The name over TLS. Browsers accept a cookie with this prefix only over TLS and only from this host, so
/// that neither a neighbouring host nor a page over plain HTTP can set it (RFC 6265bis section 4.1.3).
inline constexpr char secureSessionCookieName[] = "__Host-rookery_session";
/// The device cookie (devicecookie.h), kept by browsers that somebody has logged in from, and its name over
/// TLS.
inline constexpr char deviceCookieName[] = "rookery_device";
inline constexpr char secureDeviceCookieName[] = "__Host-rookery_device";
/// The WebSocket subprotocol that the server selects if the client offered the pair `bearer, JWT`.
inline constexpr char bearerSubprotocol[] = "bearer";

/// A token, and whether it came in a cookie; if it did, the Origin must be checked.
struct PresentedToken
{
    QByteArray token; ///< empty: none was presented
    bool fromCookie = false;
    bool withCookie = false; ///< a session cookie was sent, used or not

    /// Whether the request itself proves that the page holds the token: a page can make the browser send a
    /// cookie, but not a token that the page does not have.
    bool needsNoOrigin() const { return !token.isEmpty() && !withCookie; }
};

/// From the values of the Authorization and Cookie headers. `Bearer` (in any case), or a bare JWT, takes
/// precedence over the cookie. If there are two session cookies, both are ignored: somebody else set one of
/// them. `secure`: the request came over TLS, where only the cookie with the `__Host-` name counts.
PresentedToken presentedToken(const QByteArray &authorization, const QByteArray &cookie, bool secure);
/// From a handshake: Authorization, `?token=`, the subprotocol pair `bearer, JWT`, the cookie, in that order.
PresentedToken presentedToken(const net::Handshake &handshake);

/// The Set-Cookie value for a log-in: HttpOnly, SameSite=Strict, Path=/, Secure under TLS, Max-Age until
/// `expiresAt`.
QByteArray sessionCookie(const QByteArray &token, const QDateTime &expiresAt, bool secure);
/// The Set-Cookie value that clears the session cookie.
QByteArray clearedSessionCookie(bool secure);

/// The device cookie from the value of the Cookie header; empty if there is none, or more than one.
QByteArray presentedDevice(const QByteArray &cookie, bool secure);
/// The Set-Cookie value of the device cookie, sent with a browser's log-in.
QByteArray deviceCookie(const QByteArray &value, std::chrono::seconds lifetime, bool secure);

/// Whether pages of `origin` may use this server. Allowed are: empty (not a browser), the server's own origin
/// (`scheme://host`), and the listed ones, compared as serialized origins (RFC 6454 section 6.2). Origins of
/// apps (`capacitor://localhost`, `file://`) and `null` are allowed only if listed, compared byte by byte,
/// ignoring case.
bool originAllowed(
    const QByteArray &origin, const QByteArray &host, bool secure, const QStringList &allowedOrigins);

} // namespace rookery::auth
