// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/peer/pace.h"

#include <QTest>

using namespace rookery;
using namespace rookery::net;
using namespace std::chrono_literals;

/// With the times of a clock that the test makes.
class TestPace : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void grace();
    void rate();
    void whatDoesNotCount();
    void credit();
    void switchedOff();

private:
    static Limits limits()
    {
        Limits limits;
        limits.bodyGrace = 10s;
        limits.bodyBytesPerSecond = 1000;
        return limits;
    }
    const Pace::Clock::time_point m_start{1000s};
};

void TestPace::grace()
{
    Pace pace(limits(), m_start);
    pace.setRunning(true, m_start);
    QVERIFY(!pace.isTooSlow(m_start + 9999ms));
    QVERIFY(pace.isTooSlow(m_start + 10'001ms));
}

void TestPace::rate()
{
    Pace pace(limits(), m_start);
    pace.setRunning(true, m_start);
    for (int second = 1; second <= 1000; ++second) {
        pace.note(1000, m_start + std::chrono::seconds(second));
        QVERIFY(!pace.isTooSlow(m_start + std::chrono::seconds(second)));
    }
    Pace slow(limits(), m_start);
    slow.setRunning(true, m_start);
    for (int second = 1; second <= 30; ++second)
        slow.note(500, m_start + std::chrono::seconds(second));
    QVERIFY(slow.isTooSlow(m_start + 30s));
}

void TestPace::whatDoesNotCount()
{
    Pace pace(limits(), m_start);
    QVERIFY(!pace.isTooSlow(m_start + 100s));
    pace.setRunning(true, m_start + 100s);
    pace.setRunning(false, m_start + 105s);
    QVERIFY(!pace.isTooSlow(m_start + 1000s));
    pace.setRunning(true, m_start + 1000s);
    QVERIFY(!pace.isTooSlow(m_start + 1004s));
    QVERIFY(pace.isTooSlow(m_start + 1006s));
}

/// Having been fast for hours is worth a minute.
void TestPace::credit()
{
    Pace pace(limits(), m_start);
    pace.setRunning(true, m_start);
    pace.note(1'000'000'000, m_start + 1s);
    QVERIFY(!pace.isTooSlow(m_start + 60s));
    QVERIFY(pace.isTooSlow(m_start + 62s));
}

void TestPace::switchedOff()
{
    Limits none = limits();
    none.bodyBytesPerSecond = 0;
    Pace pace(none, m_start);
    pace.setRunning(true, m_start);
    pace.note(1, m_start + 1s);
    QVERIFY(!pace.isTooSlow(m_start + 1000s));
}

QTEST_GUILESS_MAIN(TestPace)
#include "tst_net_pace.moc"
