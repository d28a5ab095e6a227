// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <chrono>
#include <optional>

namespace rookery::auth {

/// Signs and checks what a browser keeps that somebody has logged in from (OWASP, "device cookies"):
/// `USER.EXPIRY.MAC`, the MAC being HMAC-SHA256 of the rest with a key derived from the signing key for this
/// alone. It is no credential: it says that its bearer once knew the password, so that strangers who try in
/// the user's name do not use up the tries of the user's own browser (THREATS 38). Thread-safe.
class DeviceSigner
{
public:
    static constexpr std::chrono::hours lifetime{365 * 24};

    explicit DeviceSigner(const QByteArray &signingKey);

    /// For a browser of this user, a UUID.
    QByteArray sign(const QString &userId, const QDateTime &expiresAt) const;
    /// Whose it is. Nothing for what sign() has not made, and from its expiry on.
    std::optional<QString> userOf(
        const QByteArray &cookie, qint64 now = QDateTime::currentSecsSinceEpoch()) const;

private:
    QByteArray macOf(QByteArrayView payload) const;

    QByteArray m_key;
};

} // namespace rookery::auth
