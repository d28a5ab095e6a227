// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <chrono>
#include <optional>

namespace rookery::auth {

/// Signs and checks the cookie that marks a browser somebody has logged in from (OWASP, "device cookies"):
/// `USER.EXPIRY.MAC`. The MAC is HMAC-SHA256 of the rest, with a key derived from the signing key for this
/// purpose only. It is not a credential. It shows that its holder once knew the password, so that strangers
/// who try passwords in the user's name do not exhaust the rate limit of the user's own browser (THREATS 38).
/// Thread-safe.
class DeviceSigner
{
public:
    static constexpr std::chrono::hours lifetime{365 * 24};

    explicit DeviceSigner(const QByteArray &signingKey);

    /// `userId` is a UUID.
    QByteArray sign(const QString &userId, const QDateTime &expiresAt) const;
    /// The user id of the cookie. nullopt if sign() did not make it or it has expired.
    std::optional<QString> userOf(
        const QByteArray &cookie, qint64 now = QDateTime::currentSecsSinceEpoch()) const;

private:
    QByteArray macOf(QByteArrayView payload) const;

    QByteArray m_key;
};

} // namespace rookery::auth
