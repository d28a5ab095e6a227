// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faultscommand.h"

#include <QTest>

using namespace rookery::test;

/// rookery-faults itself, the commands with crowds of clients, each with a small crowd for a short time against
/// a real daemon: all checks hold. THREATS 12, 23, 25, 31, 32 and 36.
class tst_CrowdsSmoke : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void commands_data();
    void commands();
};

void tst_CrowdsSmoke::commands_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("count");
    QTest::addColumn<int>("atLeast");
    QTest::newRow("herd") << QByteArray("herd --clients 500 --seed 1") << QStringLiteral("clients") << 500;
    QTest::newRow("budget") << QByteArray("budget --clients 20 --seconds 0.5 --seed 1")
                            << QStringLiteral("attacks") << 8;
    // Each log-in for a new name from a new address is a password hash.
    QTest::newRow("logins") << QByteArray("logins --clients 300 --seconds 0.4 --seed 1")
                            << QStringLiteral("address_logins") << 100;
    QTest::newRow("slow") << QByteArray("slow --clients 40 --seconds 1 --seed 1") << QStringLiteral("slow")
                          << 160;
    // A reader that stops must be closed within 10 s: all of that time has to pass.
    QTest::newRow("stalled") << QByteArray("stalled --clients 20 --seconds 11 --seed 1")
                             << QStringLiteral("stalled") << 20;
}

void tst_CrowdsSmoke::commands()
{
    QFETCH(const QByteArray, line);
    QFETCH(const QString, count);
    QFETCH(const int, atLeast);
    expectAllHolds(line, count, atLeast);
}

QTEST_GUILESS_MAIN(tst_CrowdsSmoke)
#include "tst_crowds_smoke.moc"
