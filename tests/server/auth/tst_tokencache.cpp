// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/tokencache.h"

#include <QTest>
#include <QTimeZone>

using namespace rookery;
using auth::Claims;
using auth::TokenCache;
using auth::TokenSigner;

namespace {

constexpr qint64 noon = 1'795'262'400; // 2026-11-21 12:00 UTC
constexpr qint64 lifetime = 3600;

QString text(const char *prefix, int number)
{
    return QString::fromLatin1(prefix) + QString::number(number);
}

Claims claimsOf(int number)
{
    const QDateTime issued = QDateTime::fromSecsSinceEpoch(noon, QTimeZone::utc());
    return {text("user-", number), text("name-", number), text("session-", number), issued,
        issued.addSecs(lifetime)};
}

} // namespace

class tst_TokenCache : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysWhatTheSignerSays();
    void keepsGoodTokensOnly();
    void eachChangedByteIsRefused();
    void timesCountAtEveryUse_data();
    void timesCountAtEveryUse();
    void isBounded();
    void forgetsWhatIsNotUsed();

private:
    TokenSigner m_signer{QByteArray(32, 'k'), QStringLiteral("rookery"), QStringLiteral("rookery")};
};

void tst_TokenCache::saysWhatTheSignerSays()
{
    TokenCache cache(&m_signer);
    const Claims claims = claimsOf(1);
    const QByteArray token = m_signer.sign(claims);
    for (int use = 0; use < 3; ++use) {
        const auto read = cache.verify(token, noon);
        QVERIFY(read);
        QCOMPARE(read->userId, claims.userId);
        QCOMPARE(read->userName, claims.userName);
        QCOMPARE(read->sessionId, claims.sessionId);
        QCOMPARE(read->issuedAt, claims.issuedAt);
        QCOMPARE(read->expiresAt, claims.expiresAt);
        QCOMPARE(cache.size(), size_t(1));
    }
    const QByteArray bad = m_signer.sign(claims).chopped(1);
    QCOMPARE(cache.verify(bad, noon).error().detail, m_signer.verify(bad, noon).error().detail);
}

void tst_TokenCache::keepsGoodTokensOnly()
{
    const TokenSigner other(QByteArray(32, 'x'), QStringLiteral("rookery"), QStringLiteral("rookery"));
    TokenCache cache(&m_signer);
    for (int i = 0; i < 100; ++i) {
        QVERIFY(!cache.verify(other.sign(claimsOf(i)), noon));
        QVERIFY(!cache.verify(QByteArray::number(i), noon));
        QVERIFY(!cache.verify(m_signer.sign(claimsOf(i)), noon + lifetime + 60));
    }
    QVERIFY(!cache.verify(QByteArray(), noon));
    QCOMPARE(cache.size(), size_t(0));
}

void tst_TokenCache::eachChangedByteIsRefused()
{
    TokenCache cache(&m_signer);
    const QByteArray token = m_signer.sign(claimsOf(1));
    for (qsizetype i = 0; i < token.size(); ++i) {
        QVERIFY(cache.verify(token, noon));
        QByteArray changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        // The last character of a segment holds bits that mean nothing.
        QCOMPARE(bool(cache.verify(changed, noon)), bool(m_signer.verify(changed, noon)));
        QVERIFY(!cache.verify(token.first(i), noon));
    }
    QVERIFY(!cache.verify(token + 'A', noon));
    QVERIFY(!cache.verify(token + '\0', noon));
}

void tst_TokenCache::timesCountAtEveryUse_data()
{
    QTest::addColumn<qint64>("now");
    QTest::addColumn<bool>("good");
    QTest::newRow("at once") << noon << true;
    QTest::newRow("its last second") << noon + lifetime - 1 << true;
    QTest::newRow("the last second of leeway") << noon + lifetime + 59 << true;
    QTest::newRow("over") << noon + lifetime + 60 << false;
    QTest::newRow("long over") << noon + 10 * lifetime << false;
    QTest::newRow("a clock that was set back a little") << noon - 60 << true;
    QTest::newRow("a clock that was set back an hour") << noon - 3600 << true;
    QTest::newRow("a clock that was set back a day") << noon - 24 * 3600 << false;
}

void tst_TokenCache::timesCountAtEveryUse()
{
    QFETCH(qint64, now);
    TokenCache cache(&m_signer);
    const QByteArray token = m_signer.sign(claimsOf(1));
    QVERIFY(cache.verify(token, noon + 1));
    QTEST(bool(cache.verify(token, now)), "good");
    QCOMPARE(bool(m_signer.verify(token, now)), bool(cache.verify(token, now)));
    QVERIFY(cache.verify(token, noon + 1)); // the clock is put right again
}

void tst_TokenCache::isBounded()
{
    TokenCache cache(&m_signer, 10);
    for (int i = 0; i < 100; ++i) {
        QVERIFY(cache.verify(m_signer.sign(claimsOf(i)), noon));
        QVERIFY(cache.size() <= 10);
    }
    QVERIFY(cache.size() >= 5);
    for (int i = 0; i < 100; ++i) // what has been forgotten is as good as before
        QCOMPARE(cache.verify(m_signer.sign(claimsOf(i)), noon)->sessionId, text("session-", i));
}

/// The signer cannot be asked whether it was, but the claims of a token that was checked anew are other
/// strings.
void tst_TokenCache::forgetsWhatIsNotUsed()
{
    TokenCache cache(&m_signer, 8);
    const QByteArray used = m_signer.sign(claimsOf(1000));
    const QByteArray unused = m_signer.sign(claimsOf(1001));
    const QString usedBefore = cache.verify(used, noon)->sessionId;
    const QString unusedBefore = cache.verify(unused, noon)->sessionId;
    for (int i = 0; i < 20; ++i) {
        QVERIFY(cache.verify(m_signer.sign(claimsOf(i)), noon));
        QVERIFY(cache.verify(used, noon));
    }
    QVERIFY(cache.verify(used, noon)->sessionId.isSharedWith(usedBefore));
    QVERIFY(!cache.verify(unused, noon)->sessionId.isSharedWith(unusedBefore));
}

QTEST_APPLESS_MAIN(tst_TokenCache)
#include "tst_tokencache.moc"
