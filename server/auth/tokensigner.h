// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/auth/devicecookie.h"

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <memory>

namespace rookery::auth {

struct Claims
{
    QString userId; ///< `sub`
    QString userName; ///< `name`
    QString sessionId; ///< `jti`
    QDateTime issuedAt; ///< `iat`
    QDateTime expiresAt; ///< `exp`

    /// Whether `now`, in seconds since 1970, lies between two hours before `iat` and `exp`, with 60 s of
    /// leeway on both sides.
    bool holdAt(qint64 now) const;
};

/// The daemon's signing key: 32 random bytes in a file of mode 0600, made at the first start. Its key id is
/// derived from it. The file appears complete and synced to disk or not at all, and never replaces an
/// existing one; its directory must exist. Error: a sentence for the operator (unreadable, wrong size,
/// readable by others …).
Result<QByteArray> loadOrCreateSigningKey(const QString &path);

/// Signs and checks session tokens: JWT (RFC 7519), HS256 pinned (RFC 8725 section 3.1), with `kid`, `iss`,
/// `aud`, `exp`, `nbf`, `iat` and `jti`. The signature work is libjwt's. Thread-safe once built.
class TokenSigner
{
public:
    /// `issuer` and `audience` are written into every token and required in verify().
    TokenSigner(QByteArray key, QString issuer, QString audience);
    ~TokenSigner();

    /// Times are truncated to seconds; `nbf` is `iat`. No claim may contain U+0000. Returns an empty array if
    /// memory has run out.
    QByteArray sign(const Claims &claims) const;
    /// Unauthorized unless the token was signed with this key for this issuer and audience, is at most 4 KiB
    /// long, and is within its time at `now`, in seconds since 1970 (60 s of leeway).
    Result<Claims> verify(const QByteArray &token, qint64 now = QDateTime::currentSecsSinceEpoch()) const;

    /// Names the key without revealing it: the `kid` of its tokens.
    QString keyId() const;

    /// Signs with its own key, derived from this one.
    const DeviceSigner &devices() const { return m_devices; }

private:
    class Private;
    DeviceSigner m_devices;
    std::unique_ptr<Private> d;
};

} // namespace rookery::auth
