// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/reconnectpolicy.h"

#include <QTest>

using namespace rookery::client;
using namespace std::chrono_literals;

class TestReconnectPolicy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theBoundDoublesUpToTheCap()
    {
        ReconnectPolicy policy([] { return 0.999999; });
        for (const auto bound : {1'000ms, 2'000ms, 4'000ms, 8'000ms, 16'000ms, 30'000ms, 30'000ms})
            QCOMPARE(policy.next(), bound);
        // Long enough for any counter of powers of two to overflow.
        for (int i = 0; i < 200; ++i)
            QCOMPARE(policy.next(), 30'000ms);
    }

    void theJitterReachesDownToAlmostNothing()
    {
        ReconnectPolicy policy([] { return 0.0; });
        for (int i = 0; i < 10; ++i)
            QCOMPARE(policy.next(), ReconnectPolicy::shortest);
    }

    void resetStartsOver()
    {
        ReconnectPolicy policy([] { return 0.5; });
        QCOMPARE(policy.next(), 500ms);
        QCOMPARE(policy.next(), 1'000ms);
        policy.reset();
        QCOMPARE(policy.next(), 500ms);
    }

    void realRandomNumbersSpreadAndStayWithinTheBound()
    {
        int early = 0;
        for (int i = 0; i < 400; ++i) {
            ReconnectPolicy policy;
            const auto wait = policy.next();
            QVERIFY(wait >= ReconnectPolicy::shortest && wait <= ReconnectPolicy::first);
            early += wait < 500ms ? 1 : 0;
        }
        QVERIFY2(early > 100 && early < 300, qPrintable(QString::number(early)));
    }
};

QTEST_GUILESS_MAIN(TestReconnectPolicy)
#include "tst_reconnectpolicy.moc"
