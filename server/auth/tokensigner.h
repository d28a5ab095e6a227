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

    /// Whether `now`, in seconds since 1970, is between `iat`, or two hours before it, and `exp`, give
    /// or take 60 s.
    bool holdAt(qint64 now) const;
};

/// The daemon's secret: 32 random bytes in a file of mode 0600, made at first start. Its key id is derived
/// from it. The file appears complete and on disk or not at all, and never replaces one that is there; its
/// directory must exist. Error: a sentence for the operator (unreadable, wrong size, readable by others …).
Result<QByteArray> loadOrCreateSigningKey(const QString &path);

/// Signs and checks session tokens: JWT (RFC 7519), HS256 pinned (RFC 8725 section 3.1), with `kid`, `iss`,
/// `aud`, `exp`, `nbf`, `iat` and `jti`. The signature work is libjwt's. Thread-safe once built.
class TokenSigner
{
public:
    /// `issuer` and `audience` are written into every token and demanded of it.
    TokenSigner(QByteArray key, QString issuer, QString audience);
    ~TokenSigner();

    /// Times are cut to seconds, and `nbf` is `iat`. No claim may contain U+0000. Empty where memory has run
    /// out.
    QByteArray sign(const Claims &claims) const;
    /// Unauthorized for anything but a token of this key, issuer and audience within its time (60 s of
    /// leeway) at `now`, in seconds since 1970, and at most 4 KiB long.
    Result<Claims> verify(const QByteArray &token, qint64 now = QDateTime::currentSecsSinceEpoch()) const;

    /// With a key of its own that is derived from this one's.
    const DeviceSigner &devices() const { return m_devices; }

private:
    class Private;
    DeviceSigner m_devices;
    std::unique_ptr<Private> d;
};

} // namespace rookery::auth
