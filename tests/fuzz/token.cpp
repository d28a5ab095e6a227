// SPDX-License-Identifier: GPL-3.0-or-later
/// Credentials (THREATS 6, 8): tokens, their place in a request, and the origins of pages. Only what this
/// daemon's key has signed, complete and unchanged, is accepted.

#include "server/auth/origin.h"
#include "server/auth/presented.h"
#include "server/auth/tokensigner.h"
#include "server/dialects/room/roomframes.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/referencejson.h"

#include <QCryptographicHash>
#include <QJsonObject>
#include <QMessageAuthenticationCode>

using namespace rookery;
using auth::Claims;
using auth::TokenSigner;

namespace {

const QByteArray key(32, 'k');
constexpr qint64 now = 1'800'000'000;

const TokenSigner &signer()
{
    static const TokenSigner one(key, QStringLiteral("rookery"), QStringLiteral("chat"));
    return one;
}

QByteArray base64(QByteArrayView bytes)
{
    return bytes.toByteArray().toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

QByteArray withSignature(const QByteArray &header, const QByteArray &payload)
{
    const QByteArray text = header + '.' + payload;
    return text + '.' + base64(QMessageAuthenticationCode::hash(text, key, QCryptographicHash::Sha256));
}

const QByteArray &goodHeader()
{
    static const QByteArray header = signer().sign({}).split('.').first();
    return header;
}

/// What the fuzzer says, as a token: it does not know the key.
void isRefused(QByteArrayView bytes)
{
    FUZZ_REQUIRE(!signer().verify(bytes.toByteArray(), now));
    FUZZ_REQUIRE(!signer().verify(goodHeader() + '.' + base64(bytes) + '.', now));
    FUZZ_REQUIRE(!signer().verify(goodHeader() + '.' + bytes.toByteArray(), now));
}

/// With the right signature, as if the key had signed something odd: what gets through has every claim, once.
void claimsAreDemanded(QByteArrayView payload)
{
    const auto claims = signer().verify(withSignature(goodHeader(), base64(payload)), now);
    if (!claims) {
        FUZZ_REQUIRE(claims.error().code == ErrorCode::Unauthorized && claims.error().field.isEmpty());
        return;
    }
    const fuzz::ReferenceJson said = fuzz::referenceJson(payload);
    FUZZ_REQUIRE(said.valid);
    const auto text = [&said](const char *name) { return said.object.value(QLatin1String(name)).toString(); };
    const auto time = [&said](
                          const char *name) { return said.object.value(QLatin1String(name)).toInteger(); };
    FUZZ_REQUIRE(text("iss") == QLatin1String("rookery") && text("aud") == QLatin1String("chat"));
    FUZZ_REQUIRE(!claims->userId.isEmpty() && claims->userId == text("sub"));
    FUZZ_REQUIRE(!claims->userName.isEmpty() && claims->userName == text("name"));
    FUZZ_REQUIRE(!claims->sessionId.isEmpty() && claims->sessionId == text("jti"));
    FUZZ_REQUIRE(claims->expiresAt.toSecsSinceEpoch() == time("exp") && time("exp") > now - 61);
    FUZZ_REQUIRE(claims->issuedAt.toSecsSinceEpoch() == time("iat") && time("iat") < now + 3 * 3600);
    FUZZ_REQUIRE(time("nbf") > 0 && time("nbf") < now + 3 * 3600);
}

/// With the right signature under a header of the fuzzer's own.
void headerIsPinned(QByteArrayView header)
{
    const QByteArray payload = signer()
                                   .sign({QStringLiteral("u"), QStringLiteral("n"), QStringLiteral("s"),
                                       utcTime(now * 1000), utcTime((now + 60) * 1000)})
                                   .split('.')
                                   .at(1);
    if (!signer().verify(withSignature(base64(header), payload), now))
        return;
    const fuzz::ReferenceJson said = fuzz::referenceJson(header);
    FUZZ_REQUIRE(said.valid && !said.object.contains(QLatin1String("crit")));
    FUZZ_REQUIRE(said.object.value(QLatin1String("alg")) == QLatin1String("HS256"));
    FUZZ_REQUIRE(said.object.value(QLatin1String("typ")) == QLatin1String("JWT"));
}

/// What is signed is verified as the same, and not with any of its characters changed.
void signedIsVerified(QByteArrayView bytes)
{
    QString name = QString::fromUtf8(bytes.first(std::min<qsizetype>(bytes.size(), 80))).remove(QChar(u'\0'));
    if (name.isEmpty())
        name = QStringLiteral("ann");
    const Claims claims{QStringLiteral("0198c0de-0000-7000-8000-000000000001"), name,
        QStringLiteral("session"), utcTime((now - 5) * 1000), utcTime((now + 5) * 1000)};
    QByteArray token = signer().sign(claims);
    const auto read = signer().verify(token, now);
    FUZZ_REQUIRE(read && read->userName == name && read->userId == claims.userId);
    const quint8 where = bytes.isEmpty() ? 0 : quint8(bytes.front());
    const quint8 what = bytes.size() < 2 ? '!' : quint8(bytes[1]);
    char &changed = token[(where * 7) % token.size()];
    if (char(what) != changed) {
        changed = char(what);
        FUZZ_REQUIRE(!signer().verify(token, now));
    }
}

/// A handshake whose parts are the lines of the input.
void presentedAndOrigin(QByteArrayView bytes)
{
    const QByteArrayList lines = bytes.toByteArray().split('\n');
    const auto line = [&lines](qsizetype i) { return i < lines.size() ? lines[i] : QByteArray(); };
    net::Handshake handshake;
    handshake.authorization = line(0);
    handshake.cookie = line(1);
    handshake.query = QUrlQuery(QString::fromLatin1(line(2)));
    handshake.subprotocols = line(3).split(',');
    const auth::PresentedToken presented = auth::presentedToken(handshake);
    FUZZ_REQUIRE(!presented.fromCookie || !presented.token.isEmpty());
    const auth::PresentedToken plain = auth::presentedToken(handshake.authorization, handshake.cookie, false);
    // Over HTTP a token comes in two ways only, and the header goes before the cookie in both.
    FUZZ_REQUIRE(plain.fromCookie || plain.token.isEmpty() || plain.token == presented.token);
    FUZZ_REQUIRE(!plain.fromCookie || handshake.cookie.contains(plain.token));
    FUZZ_REQUIRE(!presented.fromCookie || presented.token == plain.token);

    const QByteArray origin = line(4);
    const QByteArray host = line(5);
    for (const bool secure : {false, true}) {
        const bool allowed = auth::originAllowed(origin, host, secure, {QStringLiteral("https://a.example")});
        if (!allowed || origin.isEmpty())
            continue;
        // A page that may use the server names, but for case and the usual port, its very host or the other.
        const QByteArray page = origin.toLower();
        const QByteArray scheme = secure ? "https://" : "http://";
        const QByteArray port = secure ? ":443" : ":80";
        const auto bare = [](QByteArray name, const QByteArray &usual) {
            return name.endsWith(usual) ? name.chopped(usual.size()) : name;
        };
        const bool itself = page.startsWith(scheme)
            && (bare(page.mid(scheme.size()), port) == bare(host.toLower(), port) || host.contains('[')
                || host.contains(":0"));
        FUZZ_REQUIRE(itself || page.startsWith("https://a.example"));
    }
    if (const auto start = ws::roomframes::parseStart(handshake.query)) {
        FUZZ_REQUIRE(start->history >= 0 && start->history <= ws::roomframes::maximalHistory);
        Room room;
        room.lastSeq = 10;
        const auto after = start->after(room);
        FUZZ_REQUIRE(!after || (*after >= 0 && *after <= room.lastSeq));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    fuzz::Input input(data, size);
    switch (input.byte() % 5) {
    case 0:
        isRefused(input.rest());
        break;
    case 1:
        claimsAreDemanded(input.rest());
        break;
    case 2:
        headerIsPinned(input.rest());
        break;
    case 3:
        signedIsVerified(input.rest());
        break;
    case 4:
        presentedAndOrigin(input.rest());
        break;
    }
    return 0;
}
