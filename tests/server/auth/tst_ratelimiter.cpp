// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/ratelimiter.h"

#include <QElapsedTimer>
#include <QTest>
#include <limits>

using namespace rookery::auth;
using namespace std::chrono_literals;

namespace {

struct FakeClock
{
    std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
    RateLimiter::Clock clock()
    {
        return [this] { return now; };
    }
};

const QString clientAddress = QStringLiteral("192.0.2.1");

/// How many tokens can be taken at once.
int drain(RateLimiter &limiter, const QString &of, int most = 1000)
{
    int taken = 0;
    while (taken < most && !limiter.take(of))
        ++taken;
    return taken;
}

} // namespace

class tst_RateLimiter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void burstThenWait_data();
    void burstThenWait();
    void refills();
    void refusalsCostNothing();
    void keysAreApart();
    void takesSeveral();
    void switchedOff_data();
    void switchedOff();
    void longKeys();
    void forgetsFullBucketsFirst();
    void exhaustedBucketsOutlastAFlood();
    void shrinksAfterAFlood();
    void makingRoomIsCheap();
    void takesAheadForWhoCanWait();
    void takesMoreThanOne();
};

void tst_RateLimiter::burstThenWait_data()
{
    QTest::addColumn<double>("perSecond");
    QTest::addColumn<double>("burst");
    QTest::addColumn<int>("atOnce");
    QTest::addColumn<qint64>("waitMs");

    QTest::newRow("messages") << 20.0 << 40.0 << 40 << qint64(50);
    QTest::newRow("log-ins") << 10.0 / 60 << 10.0 << 10 << qint64(6000);
    QTest::newRow("one at a time") << 1.0 << 1.0 << 1 << qint64(1000);
    QTest::newRow("a burst below one lets one through") << 1.0 << 0.0 << 1 << qint64(1000);
    QTest::newRow("waits are rounded up, never to nothing") << 100'000.0 << 5.0 << 5 << qint64(1);
}

void tst_RateLimiter::burstThenWait()
{
    QFETCH(double, perSecond);
    QFETCH(double, burst);
    FakeClock time;
    RateLimiter limiter(perSecond, burst, 10, time.clock());
    QTEST(drain(limiter, clientAddress), "atOnce");
    const auto wait = limiter.take(clientAddress);
    QVERIFY(wait);
    QTEST(qint64(wait->count()), "waitMs");

    // What it says is true: at that moment, and not before, there is one.
    if (*wait > 1ms) {
        time.now += *wait - 1ms;
        QVERIFY(limiter.take(clientAddress));
        time.now += 1ms;
    } else {
        time.now += *wait;
    }
    QVERIFY(!limiter.take(clientAddress));
}

void tst_RateLimiter::refills()
{
    FakeClock time;
    RateLimiter limiter(10, 5, 10, time.clock());
    QCOMPARE(drain(limiter, clientAddress), 5);
    time.now += 200ms;
    QCOMPARE(drain(limiter, clientAddress), 2);
    time.now += 1h; // however long the pause, there is one burst and no more
    QCOMPARE(drain(limiter, clientAddress), 5);
}

void tst_RateLimiter::refusalsCostNothing()
{
    FakeClock time;
    RateLimiter limiter(1, 1, 10, time.clock());
    QVERIFY(!limiter.take(clientAddress));
    for (int i = 0; i < 100; ++i)
        QCOMPARE(limiter.take(clientAddress).value_or(0ms), 1000ms);
    time.now += 1s;
    QVERIFY(!limiter.take(clientAddress));
}

void tst_RateLimiter::keysAreApart()
{
    FakeClock time;
    RateLimiter limiter(1, 2, 10, time.clock());
    QCOMPARE(drain(limiter, QStringLiteral("alice")), 2);
    QCOMPARE(drain(limiter, QStringLiteral("bob")), 2);
    QCOMPARE(drain(limiter, QString()), 2);
    QCOMPARE(limiter.keys(), 3);
}

void tst_RateLimiter::takesSeveral()
{
    FakeClock time;
    RateLimiter limiter(10, 100, 10, time.clock());
    QCOMPARE(limiter.untilFree(clientAddress, 60), 0ms);
    QVERIFY(!limiter.take(clientAddress, 60));
    QCOMPARE(limiter.untilFree(clientAddress, 60), 2000ms);
    QCOMPARE(limiter.untilFree(clientAddress, 40), 0ms);
    const auto wait = limiter.take(clientAddress, 60);
    QVERIFY(wait);
    QCOMPARE(*wait, 2000ms);
    QVERIFY(!limiter.take(clientAddress, 40)); // the refusal took nothing
    QVERIFY(limiter.take(clientAddress, 1));
    // More than there can ever be counts as all of it.
    const QString other = QStringLiteral("bob");
    QVERIFY(!limiter.take(other, std::numeric_limits<qint64>::max()));
    QVERIFY(limiter.take(other, 1));
}

void tst_RateLimiter::switchedOff_data()
{
    QTest::addColumn<double>("perSecond");
    QTest::newRow("zero") << 0.0;
    QTest::newRow("negative") << -1.0;
}

void tst_RateLimiter::switchedOff()
{
    QFETCH(double, perSecond);
    RateLimiter limiter(perSecond, 1, 10);
    QCOMPARE(drain(limiter, clientAddress, 10'000), 10'000);
    QCOMPARE(limiter.keys(), 0);
}

void tst_RateLimiter::longKeys()
{
    FakeClock time;
    RateLimiter limiter(1, 1, 10, time.clock());
    const QString common(1'000'000, u'a');
    QVERIFY(!limiter.take(common + u'1'));
    QVERIFY(!limiter.take(common + u'2'));
    QVERIFY(limiter.take(common + u'1'));
    QCOMPARE(limiter.keys(), 2);
}

void tst_RateLimiter::forgetsFullBucketsFirst()
{
    FakeClock time;
    RateLimiter limiter(1, 10, 3, time.clock());
    const QString busy = QStringLiteral("busy");
    QCOMPARE(drain(limiter, busy), 10);
    QVERIFY(!limiter.take(QStringLiteral("a")));
    QVERIFY(!limiter.take(QStringLiteral("b")));
    time.now += 2s; // a and b are full again
    QVERIFY(!limiter.take(QStringLiteral("c")));
    QVERIFY(!limiter.take(QStringLiteral("d")));
    QVERIFY(limiter.keys() <= 3);
    QCOMPARE(drain(limiter, busy), 2); // what flowed in since, not a new burst
}

void tst_RateLimiter::exhaustedBucketsOutlastAFlood()
{
    FakeClock time;
    RateLimiter limiter(10.0 / 60, 10, 100, time.clock());
    QCOMPARE(drain(limiter, clientAddress), 10);
    for (int i = 0; i < 10'000; ++i) {
        limiter.take(QString::number(i));
        QVERIFY(limiter.keys() <= 100);
    }
    QVERIFY2(limiter.take(clientAddress), "a flood of new keys gave an exhausted one a new burst");
}

void tst_RateLimiter::shrinksAfterAFlood()
{
    FakeClock time;
    RateLimiter limiter(1, 10, 1000, time.clock());
    for (int i = 0; i < 1000; ++i)
        limiter.take(QString::number(i));
    QCOMPARE(limiter.keys(), 1000);
    time.now += 1min;
    for (int i = 0; i < 1000; ++i)
        limiter.take(QStringLiteral("new %1").arg(i));
    QVERIFY2(limiter.keys() <= 1000, qPrintable(QString::number(limiter.keys())));
    time.now += 1min;
    // Every new key takes two that are full with it.
    limiter.take(QStringLiteral("x"));
    const int before = limiter.keys();
    limiter.take(QStringLiteral("y"));
    QCOMPARE(limiter.keys(), before - 1);
}

void tst_RateLimiter::makingRoomIsCheap()
{
    FakeClock time;
    RateLimiter limiter(10.0 / 60, 10, 100'000, time.clock());
    for (int i = 0; i < 100'000; ++i)
        limiter.take(QString::number(i));
    QCOMPARE(limiter.keys(), 100'000);
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 100'000; ++i)
        limiter.take(QStringLiteral("attacker %1").arg(i));
    QCOMPARE(limiter.keys(), 100'000);
    // A scan of all keys per call would be 10,000 million steps: minutes.
    QVERIFY2(timer.elapsed() < 10'000, qPrintable(QString::number(timer.elapsed())));
}

void tst_RateLimiter::takesAheadForWhoCanWait()
{
    FakeClock time;
    RateLimiter limiter(10, 2, 100, time.clock());
    QCOMPARE(limiter.takeAhead(clientAddress, 250ms), 0ms);
    QCOMPARE(limiter.takeAhead(clientAddress, 250ms), 0ms);
    QCOMPARE(limiter.takeAhead(clientAddress, 250ms), 100ms);
    QCOMPARE(limiter.takeAhead(clientAddress, 250ms), 200ms);
    QCOMPARE(limiter.takeAhead(clientAddress, 250ms), std::nullopt);
    QCOMPARE(limiter.untilFree(clientAddress), 300ms); // a refusal has taken nothing
    QCOMPARE(limiter.take(clientAddress), 300ms);
    time.now += 300ms;
    QCOMPARE(limiter.untilFree(clientAddress), 0ms);
    QCOMPARE(limiter.take(clientAddress), std::nullopt);
    QCOMPARE(RateLimiter(0, 1).takeAhead(clientAddress, 1ms), 0ms);
}

void tst_RateLimiter::takesMoreThanOne()
{
    FakeClock time;
    RateLimiter limiter(1, 10, 10, time.clock());
    QVERIFY(!limiter.take(clientAddress, 8));
    QCOMPARE(limiter.take(clientAddress, 8), std::optional(6000ms));
    QVERIFY(!limiter.take(clientAddress, 2)); // a refusal has cost nothing
    QCOMPARE(limiter.take(clientAddress, 3), std::optional(3000ms));
    time.now += 3s;
    QVERIFY(!limiter.take(clientAddress, 3));
    QVERIFY(!limiter.take(QStringLiteral("other"), 11)); // more than there ever is counts as all of it
    QVERIFY(limiter.take(QStringLiteral("other"), 1));
}

QTEST_GUILESS_MAIN(tst_RateLimiter)
#include "tst_ratelimiter.moc"
