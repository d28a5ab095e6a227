// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/refusalcounter.h"

#include <QTest>

#include <algorithm>

using namespace rookery::core;
using namespace std::chrono_literals;

/// Strangers do not fill the disk with lines about themselves (THREATS 48).
class tst_RefusalCounter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsTheFirstAndCountsTheRest();
    void kindsAndNetworksAreApart();
    void isBoundedInAll();

private:
    std::chrono::steady_clock::time_point m_now{1h};
    const QString m_network = QStringLiteral("192.0.2.1");
    const QString m_kind = QStringLiteral("log-ins");
};

void tst_RefusalCounter::tellsTheFirstAndCountsTheRest()
{
    RefusalCounter refusals([this] { return m_now; });
    int told = 0;
    for (int i = 0; i < 1000; ++i)
        told += refusals.tells(SecurityEvent::RateLimited, m_network, m_kind);
    QCOMPARE(told, RefusalCounter::linesOfOne);
    m_now += 59s;
    QVERIFY(refusals.takeSums().isEmpty());
    m_now += 1s;
    const auto sums = refusals.takeSums();
    QCOMPARE(sums.size(), 1);
    QCOMPARE(sums[0].event, SecurityEvent::RateLimited);
    QCOMPARE(sums[0].network, m_network);
    QCOMPARE(sums[0].kind, m_kind);
    QCOMPARE(sums[0].count, qint64(1000 - RefusalCounter::linesOfOne));
    QVERIFY(refusals.takeSums().isEmpty());
    QVERIFY(refusals.tells(SecurityEvent::RateLimited, m_network, m_kind));
    m_now += 60s;
    QVERIFY(refusals.takeSums().isEmpty()); // all were told
}

void tst_RefusalCounter::kindsAndNetworksAreApart()
{
    RefusalCounter refusals([this] { return m_now; });
    for (int i = 0; i < 100; ++i)
        refusals.tells(SecurityEvent::RateLimited, m_network, m_kind);
    QVERIFY(!refusals.tells(SecurityEvent::RateLimited, m_network, m_kind));
    QVERIFY(refusals.tells(SecurityEvent::RateLimited, QStringLiteral("192.0.2.2"), m_kind));
    QVERIFY(refusals.tells(SecurityEvent::RateLimited, m_network, QStringLiteral("guests")));
    QVERIFY(refusals.tells(SecurityEvent::LogInFailed, m_network, {}));
}

void tst_RefusalCounter::isBoundedInAll()
{
    RefusalCounter refusals([this] { return m_now; });
    int told = 0;
    constexpr int many = 5000;
    for (int i = 0; i < many; ++i)
        told += refusals.tells(SecurityEvent::LogInFailed, QStringLiteral("2001:db8:%1::/64").arg(i), {});
    QCOMPARE(told, RefusalCounter::linesOfAll);
    m_now += 60s;
    const auto sums = refusals.takeSums();
    QVERIFY(sums.size() <= RefusalCounter::mostKinds + 1);
    qint64 counted = 0;
    for (const auto &sum : sums)
        counted += sum.count;
    QCOMPARE(counted + told, qint64(many));
    QVERIFY(std::any_of(sums.begin(), sums.end(), [](const auto &sum) { return sum.network.isEmpty(); }));
}

QTEST_GUILESS_MAIN(tst_RefusalCounter)
#include "tst_refusalcounter.moc"
