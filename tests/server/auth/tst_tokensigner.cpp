// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/tokensigner.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMessageAuthenticationCode>
#include <QTest>
#include <QThread>
#include <QTimeZone>

#include <atomic>
#include <vector>

using namespace rookery;
using auth::Claims;
using auth::TokenSigner;

namespace {

const QByteArray key(32, 'k');
const QString issuer = QStringLiteral("rookery");
const QString audience = QStringLiteral("chat");

QByteArray base64(const QByteArray &bytes)
{
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

QByteArray json(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

/// A token as somebody without this code would make it.
QByteArray forge(const QByteArray &header, const QByteArray &payload, const QByteArray &secret = key,
    QCryptographicHash::Algorithm hash = QCryptographicHash::Sha256)
{
    const QByteArray signedPart = base64(header) + '.' + base64(payload);
    return signedPart + '.' + base64(QMessageAuthenticationCode::hash(signedPart, secret, hash));
}

qint64 now()
{
    return QDateTime::currentSecsSinceEpoch();
}

Claims someClaims()
{
    const QDateTime issued = QDateTime::fromSecsSinceEpoch(now(), QTimeZone::utc());
    return {QStringLiteral("0198c0de-0000-7000-8000-000000000001"), QStringLiteral("ada"),
        QStringLiteral("0198c0de-0000-7000-8000-000000000002"), issued, issued.addDays(30)};
}

QJsonObject decoded(const QByteArray &token, int segment)
{
    return QJsonDocument::fromJson(
        QByteArray::fromBase64(token.split('.').at(segment), QByteArray::Base64UrlEncoding))
        .object();
}

} // namespace

class tst_TokenSigner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void roundTrip_data();
    void roundTrip();
    void formOfATokenInDetail();
    void acceptsForgeryWithTheKey();
    void refused_data();
    void refused();
    void tellsNothingAboutTheReason();
    void otherKeyIssuerOrAudience();
    void eachChangedByteIsRefused();
    void manyThreads();

private:
    TokenSigner m_signer{key, issuer, audience};
};

void tst_TokenSigner::roundTrip_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("plain") << QStringLiteral("ada");
    QTest::newRow("any script") << QStringLiteral("Ада洛芙莱斯");
    QTest::newRow("outside the BMP") << QStringLiteral("𐐀𐐁");
    QTest::newRow("what JSON escapes") << QStringLiteral("a\"b\\c/d\u2028");
    QTest::newRow("as long as names are") << QString(32, QChar(0x6d1b));
}

void tst_TokenSigner::roundTrip()
{
    QFETCH(QString, name);
    Claims claims = someClaims();
    claims.userName = name;
    const QByteArray token = m_signer.sign(claims);
    QVERIFY(!token.isEmpty() && token.size() < 1024);
    const auto read = m_signer.verify(token);
    QVERIFY(read);
    QCOMPARE(read->userId, claims.userId);
    QCOMPARE(read->userName, claims.userName);
    QCOMPARE(read->sessionId, claims.sessionId);
    QCOMPARE(read->issuedAt, claims.issuedAt);
    QCOMPARE(read->expiresAt, claims.expiresAt);
}

void tst_TokenSigner::formOfATokenInDetail()
{
    const Claims claims = someClaims();
    const QByteArray token = m_signer.sign(claims);
    const QJsonObject header = decoded(token, 0);
    QCOMPARE(header.value(QLatin1String("alg")).toString(), QStringLiteral("HS256"));
    QCOMPARE(header.value(QLatin1String("typ")).toString(), QStringLiteral("JWT"));
    QCOMPARE(header.value(QLatin1String("kid")).toString().size(), 16);
    QCOMPARE(header.size(), 3);
    const QJsonObject payload = decoded(token, 1);
    QCOMPARE(payload,
        (QJsonObject{{QStringLiteral("iss"), issuer}, {QStringLiteral("aud"), audience},
            {QStringLiteral("sub"), claims.userId}, {QStringLiteral("name"), claims.userName},
            {QStringLiteral("jti"), claims.sessionId},
            {QStringLiteral("iat"), claims.issuedAt.toSecsSinceEpoch()},
            {QStringLiteral("nbf"), claims.issuedAt.toSecsSinceEpoch()},
            {QStringLiteral("exp"), claims.expiresAt.toSecsSinceEpoch()}}));
    // The key id names the key and gives nothing of it away.
    QVERIFY(!key.toHex().contains(header.value(QLatin1String("kid")).toString().toLatin1()));
    QVERIFY(header != decoded(TokenSigner(QByteArray(32, 'l'), issuer, audience).sign(claims), 0));
}

void tst_TokenSigner::acceptsForgeryWithTheKey()
{
    // So that the rows of refused() are refused for what they say and not for how they are made.
    const QByteArray token = m_signer.sign(someClaims());
    QVERIFY(m_signer.verify(forge(json(decoded(token, 0)), json(decoded(token, 1)))));
    QVERIFY(m_signer.verify(forge("  " + json(decoded(token, 0)) + "\n", json(decoded(token, 1)))));
    QJsonObject more = decoded(token, 1);
    more.insert(QStringLiteral("later"), QJsonObject{{QStringLiteral("a:b"), QJsonArray{1, 2}}});
    QVERIFY(m_signer.verify(forge(json(decoded(token, 0)), json(more))));
}

void tst_TokenSigner::refused_data()
{
    QTest::addColumn<QByteArray>("token");
    const QByteArray good = m_signer.sign(someClaims());
    const QJsonObject header = decoded(good, 0);
    const QJsonObject payload = decoded(good, 1);
    const QByteArray headerText = json(header);
    const QByteArray payloadText = json(payload);
    const auto with = [](QJsonObject object, const char *name, const QJsonValue &value) {
        object.insert(QLatin1String(name), value);
        return json(object);
    };
    const auto without = [](QJsonObject object, const char *name) {
        object.remove(QLatin1String(name));
        return json(object);
    };

    // The algorithm (RFC 8725 sections 2.1 and 3.1)
    for (const char *alg : {"none", "None", "NONE", "nOnE", ""}) {
        const QByteArray unsignedPart =
            base64(with(header, "alg", QLatin1String(alg))) + '.' + base64(payloadText) + '.';
        QTest::addRow("alg '%s', no signature", alg) << unsignedPart;
        QTest::addRow("alg '%s', without the last dot", alg) << unsignedPart.chopped(1);
        QTest::addRow("alg '%s', signed all the same", alg)
            << forge(with(header, "alg", QLatin1String(alg)), payloadText);
    }
    QTest::newRow("HS384") << forge(
        with(header, "alg", QStringLiteral("HS384")), payloadText, key, QCryptographicHash::Sha384);
    QTest::newRow("HS512") << forge(
        with(header, "alg", QStringLiteral("HS512")), payloadText, key, QCryptographicHash::Sha512);
    for (const char *alg : {"RS256", "ES256", "PS256", "hs256", "HS256 ", "EdDSA"})
        QTest::addRow("alg '%s' over an HS256 signature", alg)
            << forge(with(header, "alg", QLatin1String(alg)), payloadText);
    QTest::newRow("no alg") << forge(without(header, "alg"), payloadText);
    QTest::newRow("alg is an array") << forge(
        with(header, "alg", QJsonArray{QStringLiteral("HS256")}), payloadText);
    QTest::newRow("two algs") << forge("{\"alg\":\"none\"," + headerText.mid(1), payloadText);
    QTest::newRow("two algs, one of them escaped")
        << forge("{\"\\u0061lg\":\"none\"," + headerText.mid(1), payloadText);

    // The rest of the header
    QTest::newRow("wrong typ") << forge(with(header, "typ", QStringLiteral("at+jwt")), payloadText);
    QTest::newRow("no typ") << forge(without(header, "typ"), payloadText);
    QTest::newRow("typ is a number") << forge(with(header, "typ", 1), payloadText);
    QTest::newRow("wrong kid") << forge(with(header, "kid", QStringLiteral("0123456789abcdef")), payloadText);
    QTest::newRow("no kid") << forge(without(header, "kid"), payloadText);
    QTest::newRow("kid is a path") << forge(
        with(header, "kid", QStringLiteral("../../dev/null")), payloadText);
    QTest::newRow("crit") << forge(with(header, "crit", QJsonArray{QStringLiteral("exp")}), payloadText);
    QTest::newRow("header is an array") << forge("[" + headerText + "]", payloadText);
    QTest::newRow("header is a string") << forge("\"HS256\"", payloadText);
    QTest::newRow("header is not JSON") << forge("alg=HS256", payloadText);

    // The signature
    QTest::newRow("wrong key") << forge(headerText, payloadText, QByteArray(32, 'x'));
    QTest::newRow("empty key") << forge(headerText, payloadText, QByteArray());
    QTest::newRow("signature of another token") << good.left(good.lastIndexOf('.'))
            + forge(headerText, with(payload, "name", QStringLiteral("eve"))).mid(good.lastIndexOf('.'));
    QTest::newRow("payload of another token") << base64(headerText) + '.'
            + base64(with(payload, "name", QStringLiteral("eve"))) + '.' + good.split('.').at(2);
    QTest::newRow("empty signature") << good.left(good.lastIndexOf('.') + 1);
    QTest::newRow("truncated signature") << good.chopped(1);
    QTest::newRow("truncated to its half") << good.left(good.size() / 2);
    QTest::newRow("something behind it") << good + 'A';

    // Issuer, audience (RFC 8725 sections 3.8 and 3.9)
    for (const char *claim : {"iss", "aud"}) {
        QTest::addRow("wrong %s", claim) << forge(headerText, with(payload, claim, QStringLiteral("other")));
        QTest::addRow("no %s", claim) << forge(headerText, without(payload, claim));
        QTest::addRow("empty %s", claim) << forge(headerText, with(payload, claim, QString()));
        QTest::addRow("%s is an array", claim) << forge(headerText,
            with(payload, claim, QJsonArray{payload.value(QLatin1String(claim)), QStringLiteral("other")}));
        QTest::addRow("%s in another case", claim) << forge(
            headerText, with(payload, claim, payload.value(QLatin1String(claim)).toString().toUpper()));
    }

    // Time, with a minute of leeway, and two hours where a clock was ahead
    QTest::newRow("expired") << forge(headerText, with(payload, "exp", now() - 61));
    QTest::newRow("expired long ago") << forge(headerText, with(payload, "exp", 1));
    QTest::newRow("not yet valid") << forge(headerText, with(payload, "nbf", now() + 7320));
    QTest::newRow("issued in the future") << forge(headerText, with(payload, "iat", now() + 7320));
    QTest::newRow("expires before it is issued") << forge(headerText, with(payload, "exp", now() - 30));
    QTest::newRow("expires after the year 9999")
        << forge(headerText, with(payload, "exp", qint64(253402300800)));
    for (const char *claim : {"exp", "nbf", "iat"}) {
        QTest::addRow("no %s", claim) << forge(headerText, without(payload, claim));
        QTest::addRow("%s is a string", claim) << forge(headerText,
            with(payload, claim, QString::number(payload.value(QLatin1String(claim)).toInteger())));
        QTest::addRow("%s has a fraction", claim)
            << forge(headerText, with(payload, claim, payload.value(QLatin1String(claim)).toDouble() + 0.5));
        QTest::addRow("%s is negative", claim) << forge(headerText, with(payload, claim, -1));
        QTest::addRow("%s is zero", claim) << forge(headerText, with(payload, claim, 0));
        QTest::addRow("%s is null", claim) << forge(headerText, with(payload, claim, QJsonValue()));
        QTest::addRow("%s is true", claim) << forge(headerText, with(payload, claim, true));
        QTest::addRow("%s is an array", claim)
            << forge(headerText, with(payload, claim, QJsonArray{payload.value(QLatin1String(claim))}));
    }
    QTest::newRow("exp past 64 bits")
        << forge(headerText, QByteArray(payloadText).replace("\"exp\":", "\"exp\":99999999999999999999"));
    QTest::newRow("exp in exponents") << forge(headerText, "{\"exp\":9e9," + without(payload, "exp").mid(1));

    // Who, and which session
    for (const char *claim : {"sub", "jti", "name"}) {
        QTest::addRow("no %s", claim) << forge(headerText, without(payload, claim));
        QTest::addRow("empty %s", claim) << forge(headerText, with(payload, claim, QString()));
        QTest::addRow("%s is a number", claim) << forge(headerText, with(payload, claim, 7));
        QTest::addRow("%s is an array", claim)
            << forge(headerText, with(payload, claim, QJsonArray{QStringLiteral("ada")}));
        QTest::addRow("%s is an object", claim) << forge(headerText, with(payload, claim, QJsonObject()));
        QTest::addRow("%s is too long", claim) << forge(headerText, with(payload, claim, QString(300, u'a')));
        QTest::addRow("%s stands twice", claim)
            << forge(headerText, "{\"" + QByteArray(claim) + "\":\"eve\"," + payloadText.mid(1));
        QTest::addRow("%s with U+0000", claim) << forge(
            headerText, with(payload, claim, QStringLiteral("ada") + QChar(u'\0') + QStringLiteral("x")));
    }
    QTest::newRow("exp stands twice") << forge(headerText, "{\"exp\":1," + payloadText.mid(1));
    QTest::newRow("exp stands twice, the last is good") << forge(headerText,
        without(payload, "exp").chopped(1) + ",\"exp\":1,\"exp\":" + QByteArray::number(now() + 600) + "}");

    // Payloads that are none
    QTest::newRow("payload is an array") << forge(headerText, "[" + payloadText + "]");
    QTest::newRow("payload is a number") << forge(headerText, "1");
    QTest::newRow("payload is empty") << forge(headerText, "");
    QTest::newRow("payload is not JSON") << forge(headerText, payloadText.chopped(1));
    QTest::newRow("payload has something behind it") << forge(headerText, payloadText + "{}");
    QTest::newRow("payload is not UTF-8")
        << forge(headerText, QByteArray(payloadText).replace("\"ada\"", "\"ada\xff\""));
    QTest::newRow("payload has a lone surrogate")
        << forge(headerText, QByteArray(payloadText).replace("\"ada\"", "\"\\ud800\""));
    QTest::newRow("payload is deep") << forge(
        headerText, "{\"x\":" + QByteArray(1200, '[') + QByteArray(1200, ']') + ',' + payloadText.mid(1));

    // No token at all
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("one dot") << QByteArray(".");
    QTest::newRow("two dots") << QByteArray("..");
    QTest::newRow("many dots") << QByteArray(4096, '.');
    QTest::newRow("four segments") << good + ".AAAA";
    QTest::newRow("a dot in front") << '.' + good;
    QTest::newRow("a dot behind") << good + '.';
    QTest::newRow("a JWE of five segments") << good + ".AAAA.AAAA";
    QTest::newRow("not base64") << QByteArray(good).replace(5, 1, "!");
    QTest::newRow("base64 with plus") << QByteArray(good).replace(5, 1, "+");
    QTest::newRow("base64 with slash") << QByteArray(good).replace(5, 1, "/");
    QTest::newRow("padded") << good + '=';
    QTest::newRow("white space around") << ' ' + good + ' ';
    QTest::newRow("a line break within") << QByteArray(good).insert(20, '\n');
    QTest::newRow("U+0000 behind") << good + QByteArray(1, '\0');
    QTest::newRow("U+0000 and more behind") << good + QByteArray(1, '\0') + "AAAA";
    QTest::newRow("high bytes") << QByteArray(100, '\xff');
    QTest::newRow("over 4 KiB, signed") << forge(headerText, with(payload, "x", QString(4096, u'a')));
    QTest::newRow("megabytes") << QByteArray(5'000'000, 'A');
}

/// THREATS 6.
void tst_TokenSigner::refused()
{
    QFETCH(QByteArray, token);
    const auto read = m_signer.verify(token);
    QVERIFY(!read);
    QCOMPARE(read.error().code, ErrorCode::Unauthorized);
}

void tst_TokenSigner::tellsNothingAboutTheReason()
{
    Claims expired = someClaims();
    expired.issuedAt = expired.issuedAt.addDays(-60);
    expired.expiresAt = expired.issuedAt.addDays(30);
    const auto outdated = m_signer.verify(m_signer.sign(expired));
    const auto nonsense = m_signer.verify("nonsense");
    QVERIFY(!outdated && !nonsense);
    QCOMPARE(outdated.error().detail, nonsense.error().detail);
}

void tst_TokenSigner::otherKeyIssuerOrAudience()
{
    const QByteArray token = m_signer.sign(someClaims());
    QVERIFY(TokenSigner(key, issuer, audience).verify(token));
    QVERIFY(!TokenSigner(QByteArray(32, 'x'), issuer, audience).verify(token));
    QVERIFY(!TokenSigner(key, QStringLiteral("other"), audience).verify(token));
    QVERIFY(!TokenSigner(key, issuer, QStringLiteral("other")).verify(token));
    // A key with U+0000 in it is a key like any other: its end counts.
    const QByteArray zeros(32, '\0');
    QByteArray almost = zeros;
    almost[31] = 1;
    QVERIFY(!TokenSigner(almost, issuer, audience)
                 .verify(TokenSigner(zeros, issuer, audience).sign(someClaims())));
}

void tst_TokenSigner::eachChangedByteIsRefused()
{
    const QByteArray token = m_signer.sign(someClaims());
    for (qsizetype i = 0; i < token.size(); ++i) {
        QByteArray changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        QVERIFY2(!m_signer.verify(changed), qPrintable(QString::number(i)));
    }
}

void tst_TokenSigner::manyThreads()
{
    std::atomic<int> good = 0;
    std::vector<std::unique_ptr<QThread>> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back(QThread::create([this, &good] {
            for (int round = 0; round < 200; ++round) {
                if (m_signer.verify(m_signer.sign(someClaims())))
                    ++good;
            }
        }));
        threads.back()->start();
    }
    for (const auto &thread : threads)
        QVERIFY(thread->wait(60'000));
    QCOMPARE(good.load(), 800);
}

QTEST_GUILESS_MAIN(tst_TokenSigner)
#include "tst_tokensigner.moc"
