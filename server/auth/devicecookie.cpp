// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/devicecookie.h"

#include <QCryptographicHash>
#include <QMessageAuthenticationCode>

namespace rookery::auth {

namespace {

constexpr qsizetype longestCookie = 200;

/// Constant-time comparison.
bool isSame(const QByteArray &a, const QByteArray &b)
{
    if (a.size() != b.size())
        return false;
    int difference = 0;
    for (qsizetype i = 0; i < a.size(); ++i)
        difference |= a[i] ^ b[i];
    return difference == 0;
}

} // namespace

DeviceSigner::DeviceSigner(const QByteArray &signingKey)
    : m_key(QMessageAuthenticationCode::hash(
        QByteArrayLiteral("rookery device cookie"), signingKey, QCryptographicHash::Sha256))
{ }

QByteArray DeviceSigner::macOf(QByteArrayView payload) const
{
    return QMessageAuthenticationCode::hash(payload.toByteArray(), m_key, QCryptographicHash::Sha256)
        .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

QByteArray DeviceSigner::sign(const QString &userId, const QDateTime &expiresAt) const
{
    const QByteArray payload = userId.toLatin1() + '.' + QByteArray::number(expiresAt.toSecsSinceEpoch());
    return payload + '.' + macOf(payload);
}

std::optional<QString> DeviceSigner::userOf(const QByteArray &cookie, qint64 now) const
{
    if (cookie.size() > longestCookie)
        return std::nullopt;
    const QByteArrayList parts = cookie.split('.');
    if (parts.size() != 3)
        return std::nullopt;
    const QByteArray &given = parts[2];
    if (!isSame(given, macOf(QByteArrayView(cookie).chopped(given.size() + 1))))
        return std::nullopt;
    bool isNumber = false;
    const qint64 expiry = parts[1].toLongLong(&isNumber);
    if (!isNumber || now >= expiry)
        return std::nullopt;
    return QString::fromLatin1(parts[0]);
}

} // namespace rookery::auth
