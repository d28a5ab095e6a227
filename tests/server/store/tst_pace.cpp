// SPDX-License-Identifier: GPL-3.0-or-later
// How long the writer waits for company, as the process is idle or busy.

#include "server/store/jobs/pace.h"

#include <QTest>

using namespace rookery::store;
using namespace std::chrono_literals;

class TestPace : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void waitsFollowTheLoad_data();
    void waitsFollowTheLoad();
    void cores();
    void coresAllowed();
    void aSilenceEndsTheWaits();
    void whoIsAloneDoesNotWait();
    void usageOfThisProcess();

private:
    Pace pace(double cores)
    {
        return Pace({.longest = 5ms, .cores = cores, .used = [this] { return m_used; }});
    }
    /// A second of transactions of so many jobs, 1 ms apart, in which `share` of one core is used.
    void run(Pace &pace, double share, size_t jobs = 2)
    {
        for (int i = 0; i < 1000; ++i) {
            m_now += 1ms;
            m_used += std::chrono::nanoseconds(qint64(share * 1e6));
            pace.begin(jobs, m_now);
        }
    }
    std::chrono::microseconds wait(const Pace &pace) const
    {
        const auto company = pace.company();
        return company.enough > 1 ? std::chrono::round<std::chrono::microseconds>(company.notBefore - m_now)
                                  : 0us;
    }

    Pace::Clock::time_point m_now;
    std::chrono::nanoseconds m_used{};
};

void TestPace::init()
{
    m_now = Pace::Clock::time_point(1h);
    m_used = 10min;
}

void TestPace::waitsFollowTheLoad_data()
{
    QTest::addColumn<double>("share");
    QTest::addColumn<int>("microseconds");
    QTest::newRow("no load") << 0.0 << 0;
    QTest::newRow("half") << 0.5 << 0;
    QTest::newRow("where waits begin") << Pace::idle << 0;
    QTest::newRow("in the middle") << (Pace::idle + Pace::busy) / 2 << 2500;
    QTest::newRow("busy") << Pace::busy << 5000;
    QTest::newRow("all of it") << 1.0 << 5000;
}

void TestPace::waitsFollowTheLoad()
{
    QFETCH(const double, share);
    QFETCH(const int, microseconds);
    Pace one = pace(1);
    QCOMPARE(one.company().enough, size_t(1)); // nothing is known yet
    run(one, share);
    QVERIFY2(std::abs(wait(one).count() - microseconds) <= 5, qPrintable(QString::number(wait(one).count())));
    // As fast as it came it goes.
    run(one, 0);
    QVERIFY(wait(one) < 5us);
}

void TestPace::cores()
{
    Pace four = pace(4);
    run(four, 1.0);
    QCOMPARE(wait(four), 0us);
    run(four, 3.9);
    QVERIFY(wait(four) > 4900us);
}

void TestPace::coresAllowed()
{
    QCOMPARE(Pace::coresAllowed("max 100000\n"), std::nullopt);
    QCOMPARE(Pace::coresAllowed("150000 100000\n"), std::optional(1.5));
    QCOMPARE(Pace::coresAllowed("50000 100000"), std::optional(0.5));
    for (const char *text : {"", "100000", "0 100000", "100000 0", "-1 100000", "no number"})
        QCOMPARE(Pace::coresAllowed(text), std::nullopt);
    Pace half = pace(0.5);
    run(half, 0.2);
    QCOMPARE(wait(half), 0us);
    run(half, 0.5);
    QVERIFY(wait(half) > 4900us);
}

void TestPace::aSilenceEndsTheWaits()
{
    Pace one = pace(1);
    run(one, 1.0);
    QVERIFY(wait(one) > 4900us);
    m_now += 1min;
    m_used += 1min; // something else kept the process busy
    one.begin(2, m_now);
    QCOMPARE(wait(one), 0us);
}

void TestPace::whoIsAloneDoesNotWait()
{
    Pace one = pace(1);
    run(one, 1.0);
    for (int i = 0; i < 3; ++i) {
        QVERIFY(one.company().enough > 1);
        one.begin(1, m_now);
    }
    QCOMPARE(one.company().enough, size_t(1));
    one.begin(1, m_now);
    QCOMPARE(one.company().enough, size_t(1));
    one.begin(2, m_now);
    QVERIFY(one.company().enough > 1);
}

void TestPace::usageOfThisProcess()
{
    const auto before = Pace::usedByProcess();
    QTRY_VERIFY(Pace::usedByProcess() > before);
}

QTEST_GUILESS_MAIN(TestPace)
#include "tst_pace.moc"
