// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/procstats.h"

#include <QTest>

#include <ctime>
#include <mutex>
#include <thread>
#include <unistd.h>

using namespace rookery::bench;
using namespace rookery::load;

class tst_ProcStats : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void ticks_data();
    void ticks();
    void fields_data();
    void fields();
    void kinds_data();
    void kinds();
    void ownTime();
    void ownThreads();
    void ownMemory();
    void nobody();
};

void tst_ProcStats::ticks_data()
{
    QTest::addColumn<QByteArray>("stat");
    QTest::addColumn<qint64>("expected"); // -1: refused
    QTest::newRow("usual") << QByteArray(
        "4711 (rookeryd) S 1 4711 4711 0 -1 4194304 900 0 3 0 150 75 0 0 20 0 4 0 100 1000 200")
                           << qint64(225);
    QTest::newRow("brackets and blanks in the name")
        << QByteArray("1 (a) S 9 (b c)) R 0 1 1 0 -1 4194304 900 0 3 0 7 5 0 0 20") << qint64(12);
    QTest::newRow("cut off") << QByteArray("1 (a) S 1 4711 4711 0 -1 4194304 900 0 3 0 7") << qint64(-1);
    QTest::newRow("no name") << QByteArray("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15") << qint64(-1);
    QTest::newRow("empty") << QByteArray() << qint64(-1);
}

void tst_ProcStats::ticks()
{
    QFETCH(QByteArray, stat);
    const auto told = procstats::ticksOfStat(stat.toStdString());
    QTEST(qint64(told.value_or(-1)), "expected");
}

void tst_ProcStats::fields_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<qint64>("expected");
    const QByteArray status("Name:\trookeryd\nVmPeak:\t  500 kB\nVmRSS:\t   123 kB\nThreads:\t3\n");
    QTest::newRow("resident") << status << QByteArray("VmRSS") << qint64(123 * 1024);
    QTest::newRow("absent") << status << QByteArray("VmSwap") << qint64(-1);
    QTest::newRow("the beginning of a name") << status << QByteArray("Vm") << qint64(-1);
    QTest::newRow("not a number") << status << QByteArray("Name") << qint64(-1);
    QTest::newRow("all mappings") << QByteArray("Private_Dirty: 4 kB\nRss: 9 kB\nPrivate_Dirty:  8 kB")
                                  << QByteArray("Private_Dirty") << qint64(12 * 1024);
    QTest::newRow("empty") << QByteArray() << QByteArray("VmRSS") << qint64(-1);
}

void tst_ProcStats::fields()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, field);
    const auto told = procstats::bytesOfField(text.toStdString(), field.toStdString());
    QTEST(qint64(told.value_or(-1)), "expected");
}

void tst_ProcStats::ownTime()
{
    const auto before = procstats::cpuTime(::getpid());
    QVERIFY(before.has_value());
    // Of a thread that has ended, too.
    constexpr Nanos work = 20 * millisecond;
    std::thread busy([] {
        timespec time{};
        do {
            ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        } while (toNanos(time) < work);
    });
    busy.join();
    const auto after = procstats::cpuTime(::getpid());
    QVERIFY(after.has_value());
    QVERIFY(*after - *before >= work);
}

void tst_ProcStats::kinds_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("kind");
    QTest::newRow("numbered") << QByteArray("io-0") << QByteArray("io");
    QTest::newRow("two digits") << QByteArray("io-12") << QByteArray("io");
    QTest::newRow("no dash") << QByteArray("worker3") << QByteArray("worker");
    QTest::newRow("no number") << QByteArray("store-writer") << QByteArray("store-writer");
    QTest::newRow("nothing else") << QByteArray("42") << QByteArray("42");
    QTest::newRow("nothing else than a dash") << QByteArray("-1") << QByteArray("-1");
    QTest::newRow("empty") << QByteArray() << QByteArray();
}

void tst_ProcStats::kinds()
{
    QFETCH(QByteArray, name);
    const std::string text = name.toStdString();
    QTEST(QByteArray::fromStdString(std::string(procstats::kindOfThread(text))), "kind");
}

void tst_ProcStats::ownThreads()
{
    // It must still be there when it is looked for.
    std::mutex mutex;
    std::unique_lock hold(mutex);
    std::thread other([&mutex] {
        ::pthread_setname_np(::pthread_self(), "looked-for-7");
        const std::lock_guard wait(mutex);
    });
    QTRY_VERIFY(procstats::threadTimes(::getpid()).contains("looked-for"));
    hold.unlock();
    other.join();
    QVERIFY(!procstats::threadTimes(0x7ffffff0).contains("looked-for"));
}

void tst_ProcStats::ownMemory()
{
    const auto before = procstats::memory(::getpid());
    QVERIFY(before.has_value());
    QVERIFY(before->resident > 0);
    QVERIFY(before->privateResident > 0 && before->privateResident <= before->resident);
    constexpr std::size_t size = 32 * 1024 * 1024;
    const std::vector<char> memory(size, 1);
    const auto after = procstats::memory(::getpid());
    QVERIFY(after.has_value());
    QVERIFY(after->resident >= before->resident + std::int64_t(size / 2) && memory[size / 2] == 1);
    QVERIFY(after->privateResident >= before->privateResident + std::int64_t(size / 2));
}

void tst_ProcStats::nobody()
{
    // Beyond what Linux gives to any process.
    constexpr pid_t none = 0x7ffffff0;
    QVERIFY(!procstats::cpuTime(none).has_value());
    QVERIFY(!procstats::memory(none).has_value());
    QVERIFY(procstats::name(none).empty());
}

QTEST_APPLESS_MAIN(tst_ProcStats)
#include "tst_procstats.moc"
