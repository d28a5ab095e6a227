// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/devicecookie.h"

#include <QTest>
#include <QTimeZone>

#include <cctype>

using namespace rookery::auth;

/// The device cookie (THREATS 38).
class tst_DeviceCookie : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysWhoseItIs();
    void expires();
    void eachChangedByteIsRefused();
    void others_data();
    void others();

private:
    const DeviceSigner m_signer{QByteArray(32, 'k')};
    const QString m_user = QStringLiteral("019a3f6e-8f7a-7c11-8d6a-2f0c5a1b9e01");
    const QDateTime m_expiry = QDateTime::fromSecsSinceEpoch(2'000'000'000, QTimeZone::utc());
    const QByteArray m_good = m_signer.sign(m_user, m_expiry);
    static constexpr qint64 now = 1'900'000'000;
};

void tst_DeviceCookie::saysWhoseItIs()
{
    QCOMPARE(m_signer.userOf(m_good, now), m_user);
    // A cookie's value needs no quotes.
    for (const char c : m_good)
        QVERIFY(std::isalnum(uchar(c)) || QByteArrayView("-_.").contains(c));
    QVERIFY(!DeviceSigner(QByteArray(32, 'l')).userOf(m_good, now));
}

void tst_DeviceCookie::expires()
{
    QVERIFY(m_signer.userOf(m_good, 1'999'999'999));
    QVERIFY(!m_signer.userOf(m_good, 2'000'000'000));
}

void tst_DeviceCookie::eachChangedByteIsRefused()
{
    for (qsizetype i = 0; i < m_good.size(); ++i) {
        QByteArray changed = m_good;
        changed[i] = changed[i] == '1' ? '2' : '1';
        QVERIFY2(!m_signer.userOf(changed, now), changed);
        QVERIFY2(!m_signer.userOf(m_good.first(i), now), m_good.first(i));
    }
}

void tst_DeviceCookie::others_data()
{
    QTest::addColumn<QByteArray>("cookie");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("dots") << QByteArray("..");
    QTest::newRow("more dots") << QByteArray(300, '.');
    QTest::newRow("no signature") << m_good.first(m_good.lastIndexOf('.') + 1);
    QTest::newRow("one part more") << m_good + ".x";
    QTest::newRow("1 MB") << m_good + QByteArray(1'000'000, 'a');
    QTest::newRow("NUL and bytes past ASCII") << QByteArray("\0.\xff.\x80", 5);
}

void tst_DeviceCookie::others()
{
    QFETCH(QByteArray, cookie);
    QVERIFY(!m_signer.userOf(cookie, now));
}

QTEST_GUILESS_MAIN(tst_DeviceCookie)
#include "tst_devicecookie.moc"
