// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faultscommand.h"

#include <QTest>

using namespace rookery::test;

/// rookery-faults itself, a few seeded cycles of the commands that break the daemon, its disk and its network:
/// all checks hold, and errors are detected.
class tst_FaultsSmoke : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void commands_data();
    void commands();
    void plantedFaults_data();
    void plantedFaults();
    void badUsage_data();
    void badUsage();
    void questions_data();
    void questions();
};

void tst_FaultsSmoke::commands_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("count");
    QTest::addColumn<int>("atLeast");
    // The bound on the first acknowledgement is lifted: the machine may be busy.
    QTest::newRow("cuts") << QByteArray("cuts --cycles 30 --seed 1") << QStringLiteral("schedules") << 30;
    QTest::newRow("drain") << QByteArray("drain --cycles 2 --seed 1") << QStringLiteral("drains") << 2;
    QTest::newRow("kill") << QByteArray("kill --cycles 8 --batch 5 --seed 1 --first-ack-ms 60000")
                          << QStringLiteral("kills") << 8;
#ifdef ROOKERY_FAULTSHIM_WORKS
    QTest::newRow("power") << QByteArray("power --cycles 10 --batch 5 --seed 1 --first-ack-ms 60000")
                           << QStringLiteral("power_losses") << 5;
    QTest::newRow("disk") << QByteArray("disk --cycles 5 --seed 7 --first-ack-ms 60000")
                          << QStringLiteral("disk_faults") << 5;
#endif
}

void tst_FaultsSmoke::commands()
{
    QFETCH(const QByteArray, line);
    QFETCH(const QString, count);
    QFETCH(const int, atLeast);
    expectAllHolds(line, count, atLeast);
}

void tst_FaultsSmoke::plantedFaults_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("found");
    QTest::newRow("lose") << QByteArray("kill --cycles 2 --plant lose") << QStringLiteral("gap");
    QTest::newRow("alter") << QByteArray("kill --cycles 2 --plant alter") << QStringLiteral("altered");
    QTest::newRow("unedit") << QByteArray("kill --cycles 2 --plant unedit") << QStringLiteral("undone");
    QTest::newRow("undelete") << QByteArray("kill --cycles 2 --plant undelete") << QStringLiteral("undone");
}

void tst_FaultsSmoke::plantedFaults()
{
    QFETCH(const QByteArray, line);
    QFETCH(const QString, found);
    const FaultsOutcome outcome = runFaults(line);
    QVERIFY2(outcome.exitCode == 1, outcome.errors.constData());
    QVERIFY2(outcome.json.value(found).toInt() > 0, outcome.errors.constData());
}

void tst_FaultsSmoke::badUsage_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("nothing") << QByteArray() << QByteArray("command");
    QTest::newRow("no command") << QByteArray("explode") << QByteArray("'explode'");
    QTest::newRow("two commands") << QByteArray("kill drain") << QByteArray("'drain'");
    QTest::newRow("no option") << QByteArray("kill --often 3") << QByteArray("'--often'");
    QTest::newRow("no number") << QByteArray("kill --cycles many") << QByteArray("'--cycles' wants N");
    QTest::newRow("none") << QByteArray("kill --cycles=0") << QByteArray("'--cycles' wants N");
    QTest::newRow("half a plant") << QByteArray("kill --plant tulips") << QByteArray("'--plant'");
    QTest::newRow("no value") << QByteArray("kill --seed") << QByteArray("'--seed'");
    QTest::newRow("a value for none") << QByteArray("--list=kill") << QByteArray("'--list'");
}

void tst_FaultsSmoke::badUsage()
{
    QFETCH(const QByteArray, line);
    QFETCH(const QByteArray, said);
    const FaultsOutcome outcome = runFaults(line);
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(outcome.errors.contains(said), outcome.errors.constData());
    QVERIFY(outcome.errors.contains("--help"));
}

void tst_FaultsSmoke::questions_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("--help") << QByteArray("--help") << QByteArray("--plant <lose|alter|unedit|undelete>");
    QTest::newRow("its commands") << QByteArray("-h") << QByteArray("\n  cuts       connections");
    QTest::newRow("behind a command") << QByteArray("kill --help") << QByteArray("Exit status");
    QTest::newRow("--list") << QByteArray("--list") << QByteArray("cuts\ndrain\nkill\n");
    QTest::newRow("--version") << QByteArray("--version") << QByteArray("rookery-faults 0.");
}

void tst_FaultsSmoke::questions()
{
    QFETCH(const QByteArray, line);
    QFETCH(const QByteArray, said);
    const FaultsOutcome outcome = runFaults(line);
    QCOMPARE(outcome.exitCode, 0);
    QVERIFY2(outcome.output.contains(said), outcome.output.constData());
    QVERIFY(outcome.errors.isEmpty());
}

QTEST_GUILESS_MAIN(tst_FaultsSmoke)
#include "tst_faults_smoke.moc"
