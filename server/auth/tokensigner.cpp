// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/tokensigner.h"

#include "common/messages.h"

#include <QCryptographicHash>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMessageAuthenticationCode>

#include <jwt.h>

#include <cerrno>
#include <cstdlib>
#include <limits>
#include <optional>

namespace rookery::auth {

namespace {

constexpr qsizetype longestToken = 4096;
constexpr qsizetype longestId = 64; // bytes of `sub` and `jti`
constexpr qsizetype longestName = 256; // bytes of `name`
constexpr qint64 leewaySeconds = 60;
// A token that we signed and that was issued in the future shows that the clock was ahead and has been
// corrected. Users who logged in meanwhile stay logged in, up to an hour ahead and an hour behind.
constexpr qint64 earlySeconds = 2 * 60 * 60 + leewaySeconds;
constexpr qint64 latestSecond = 253'402'300'799; // the end of the year 9999

struct JwtDeleter
{
    void operator()(jwt_t *jwt) const { jwt_free(jwt); }
};
using Jwt = std::unique_ptr<jwt_t, JwtDeleter>;

/// header.payload.signature, each non-empty and base64url without padding (RFC 7515 section 3.1).
std::optional<QList<QByteArray>> segmentsOf(const QByteArray &token)
{
    if (token.isEmpty() || token.size() > longestToken)
        return std::nullopt;
    for (const char c : token) {
        const bool allowed = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
            || c == '-' || c == '_' || c == '.';
        if (!allowed)
            return std::nullopt;
    }
    auto segments = token.split('.');
    if (segments.size() != 3)
        return std::nullopt;
    for (const QByteArray &segment : std::as_const(segments)) {
        if (segment.isEmpty())
            return std::nullopt;
    }
    return segments;
}

/// The number of members in the JSON text of an object, duplicates included; a parser counts duplicates once.
/// The text must be valid JSON.
qsizetype writtenMembers(const QByteArray &json)
{
    qsizetype members = 0;
    int depth = 0;
    bool inString = false;
    for (qsizetype i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        } else if (c == ':' && depth == 1) {
            ++members;
        }
    }
    return members;
}

/// One segment as a JSON object without duplicate member names (RFC 7519 section 4).
std::optional<QJsonObject> objectOf(const QByteArray &segment)
{
    const auto decoded = QByteArray::fromBase64Encoding(
        segment, QByteArray::Base64UrlEncoding | QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded)
        return std::nullopt;
    const QJsonDocument document = QJsonDocument::fromJson(decoded.decoded);
    if (!document.isObject())
        return std::nullopt;
    const QJsonObject object = document.object();
    if (writtenMembers(decoded.decoded) != object.size())
        return std::nullopt;
    return object;
}

/// A string claim of at most `longest` bytes; empty if it is missing or of another type.
QByteArray textClaim(jwt_t *jwt, const char *name, qsizetype longest)
{
    const char *text = jwt_get_grant(jwt, name);
    if (!text)
        return {};
    const QByteArray value(text);
    return value.size() <= longest ? value : QByteArray();
}

/// A time claim in whole seconds.
std::optional<qint64> timeClaim(jwt_t *jwt, const char *name)
{
    errno = 0;
    const long value = jwt_get_grant_int(jwt, name);
    if (errno != 0 || value <= 0 || qint64(value) > latestSecond)
        return std::nullopt;
    return qint64(value);
}

Error refused()
{
    // One message for all failures: which check failed is useful only to an attacker.
    return {ErrorCode::Unauthorized, QStringLiteral("The token is not valid, or has expired.")};
}

} // namespace

class TokenSigner::Private
{
public:
    bool isOurHeader(const QByteArray &segment) const
    {
        if (segment == usualHeader)
            return true;
        const auto header = objectOf(segment);
        return header && header->value(QLatin1String("alg")) == QLatin1String("HS256")
            && header->value(QLatin1String("typ")) == QLatin1String("JWT")
            && header->value(QLatin1String("kid")) == keyIdText
            // RFC 7515 section 4.1.11: extensions marked critical must be understood, and we understand none.
            && !header->contains(QLatin1String("crit"));
    }

    const unsigned char *keyData() const { return reinterpret_cast<const unsigned char *>(key.constData()); }

    QByteArray key;
    QByteArray keyId;
    QByteArray usualHeader; ///< the first segment of every token that sign() makes
    QString keyIdText;
    QByteArray issuer;
    QByteArray audience;
};

bool Claims::holdAt(qint64 now) const
{
    return now >= issuedAt.toSecsSinceEpoch() - earlySeconds
        && now < expiresAt.toSecsSinceEpoch() + leewaySeconds;
}

TokenSigner::TokenSigner(QByteArray key, QString issuer, QString audience)
    : m_devices(key)
    , d(std::make_unique<Private>())
{
    d->key = std::move(key);
    // Derived with its own label, so that the id reveals nothing about the key or its signatures.
    d->keyId = QMessageAuthenticationCode::hash(
        QByteArrayLiteral("rookery key id"), d->key, QCryptographicHash::Sha256)
                   .first(8)
                   .toHex();
    d->keyIdText = QString::fromLatin1(d->keyId);
    d->issuer = issuer.toUtf8();
    d->audience = audience.toUtf8();
    d->usualHeader = sign({}).split('.').constFirst();
}

TokenSigner::~TokenSigner() = default;

QString TokenSigner::keyId() const
{
    return d->keyIdText;
}

QByteArray TokenSigner::sign(const Claims &claims) const
{
    jwt_t *raw = nullptr;
    if (jwt_new(&raw) != 0)
        return {};
    const Jwt jwt(raw);
    const auto seconds = [](const QDateTime &time) { return long(time.toSecsSinceEpoch()); };
    const long issuedAt = seconds(claims.issuedAt);
    const bool complete = jwt_set_alg(raw, JWT_ALG_HS256, d->keyData(), int(d->key.size())) == 0
        && jwt_add_header(raw, "kid", d->keyId.constData()) == 0
        && jwt_add_grant(raw, "iss", d->issuer.constData()) == 0
        && jwt_add_grant(raw, "aud", d->audience.constData()) == 0
        && jwt_add_grant(raw, "sub", claims.userId.toUtf8().constData()) == 0
        && jwt_add_grant(raw, "name", claims.userName.toUtf8().constData()) == 0
        && jwt_add_grant(raw, "jti", claims.sessionId.toUtf8().constData()) == 0
        && jwt_add_grant_int(raw, "iat", issuedAt) == 0 && jwt_add_grant_int(raw, "nbf", issuedAt) == 0
        && jwt_add_grant_int(raw, "exp", seconds(claims.expiresAt)) == 0;
    if (!complete)
        return {};
    const std::unique_ptr<char, decltype(&std::free)> text(jwt_encode_str(raw), &std::free);
    return text ? QByteArray(text.get()) : QByteArray();
}

Result<Claims> TokenSigner::verify(const QByteArray &token, qint64 now) const
{
    // Only tokens of the form that sign() makes reach the library.
    const auto segments = segmentsOf(token);
    if (!segments || !d->isOurHeader(segments->at(0)) || !objectOf(segments->at(1)))
        return refused();
    jwt_t *raw = nullptr;
    if (jwt_decode(&raw, token.constData(), d->keyData(), int(d->key.size())) != 0)
        return refused();
    const Jwt jwt(raw);
    if (jwt_get_alg(raw) != JWT_ALG_HS256)
        return refused();
    if (d->issuer != jwt_get_grant(raw, "iss") || d->audience != jwt_get_grant(raw, "aud"))
        return refused();

    const QByteArray userId = textClaim(raw, "sub", longestId);
    const QByteArray userName = textClaim(raw, "name", longestName);
    const QByteArray sessionId = textClaim(raw, "jti", longestId);
    const auto issuedAt = timeClaim(raw, "iat");
    const auto notBefore = timeClaim(raw, "nbf");
    const auto expiresAt = timeClaim(raw, "exp");
    if (userId.isEmpty() || userName.isEmpty() || sessionId.isEmpty() || !issuedAt || !notBefore
        || !expiresAt)
        return refused();
    Claims claims{QString::fromUtf8(userId), QString::fromUtf8(userName), QString::fromUtf8(sessionId),
        utcTime(*issuedAt * 1000), utcTime(*expiresAt * 1000)};
    if (!claims.holdAt(now) || now < *notBefore - earlySeconds || *expiresAt <= *issuedAt)
        return refused();
    return claims;
}

} // namespace rookery::auth
