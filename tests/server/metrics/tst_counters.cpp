// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/metrics/counters.h"

#include <QSet>
#include <QTest>

#include <latch>
#include <regex>
#include <thread>
#include <vector>

using namespace rookery::metrics;

/// Sums of a process are judged by what they grow by.
class TestCounters : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sumsLivingAndEndedThreads();
    void readsWhileOthersCount();
    void threadsDoNotShareCounters();
    void tableNamesEachFieldOnce();
};

void TestCounters::sumsLivingAndEndedThreads()
{
    const Totals before = totals();
    ofThisThread().requests.add();
    std::thread([] {
        ofThisThread().requests.add(10);
        ofThisThread().bytesRead.add(1000);
    }).join();
    std::latch counted(1);
    std::latch seen(1);
    std::thread living([&] {
        ofThisThread().requests.add(100);
        counted.count_down();
        seen.wait();
    });
    counted.wait();
    const Totals meanwhile = totals();
    seen.count_down();
    living.join();
    const Totals after = totals();

    QCOMPARE(meanwhile.requests - before.requests, quint64(111));
    QCOMPARE(after.requests - before.requests, quint64(111));
    QCOMPARE(after.bytesRead - before.bytesRead, quint64(1000));
    QCOMPARE(after.bytesWritten - before.bytesWritten, quint64(0));
}

void TestCounters::readsWhileOthersCount()
{
    constexpr quint64 each = 200'000;
    constexpr int threads = 4;
    const quint64 before = totals().messagesSent;
    std::vector<std::thread> counting;
    for (int i = 0; i < threads; ++i) {
        counting.emplace_back([] {
            for (quint64 n = 0; n < each; ++n)
                ofThisThread().messagesSent.add();
        });
    }
    quint64 last = 0;
    bool grows = true;
    while (last < each) { // while some still count
        const quint64 now = totals().messagesSent - before;
        grows = grows && now >= last;
        last = now;
    }
    for (std::thread &thread : counting)
        thread.join();
    QVERIFY(grows);
    QCOMPARE(totals().messagesSent - before, each * threads);
}

void TestCounters::threadsDoNotShareCounters()
{
    Counters *const own = &ofThisThread();
    QCOMPARE(&ofThisThread(), own);
    QCOMPARE(quintptr(own) % 64, quintptr(0));
    Counters *others = nullptr;
    std::thread([&] { others = &ofThisThread(); }).join();
    QVERIFY(others != own);
}

void TestCounters::tableNamesEachFieldOnce()
{
    // Each field is raised alone, and the table finds it in the sums under the same row.
    for (const Field &field : fields) {
        const Totals before = totals();
        (ofThisThread().*field.counter).add(7);
        const Totals after = totals();
        for (const Field &other : fields) {
            QVERIFY2(after.*other.total - before.*other.total == (&other == &field ? 7U : 0U),
                qPrintable(QStringLiteral("%1 changes %2")
                               .arg(QLatin1String(field.name), QLatin1String(other.name))));
        }
    }
    QSet<QByteArray> names;
    for (const Field &field : fields) {
        // https://prometheus.io/docs/practices/naming: a counter ends with _total
        QVERIFY2(std::regex_match(field.name, std::regex("[a-z][a-z_]*_total")), field.name);
        QVERIFY2(QByteArray(field.help).endsWith('.'), field.help);
        names.insert(field.name);
    }
    QCOMPARE(size_t(names.size()), fields.size());
}

QTEST_GUILESS_MAIN(TestCounters)
#include "tst_counters.moc"
