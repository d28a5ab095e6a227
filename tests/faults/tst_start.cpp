// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/everydialect.h"
#include "tests/faults/faultydaemon.h"

#include <QTest>

using namespace rookery::test;

/// A daemon that is killed, or loses power, at any point of its first start: before, between and within the
/// steps of its schema.
class StartTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isEndedAtEveryPoint_data();
    void isEndedAtEveryPoint();
};

void StartTest::isEndedAtEveryPoint_data()
{
    QTest::addColumn<bool>("powerIsLost");
    QTest::newRow("killed") << false;
    QTest::newRow("out of power") << true;
}

void StartTest::isEndedAtEveryPoint()
{
    QFETCH(bool, powerIsLost);
    constexpr int stride = 5; // it is killed at every fifth operation on its files
    int ended = 0;
    bool outlived = false;
    for (int point = 0; !outlived; point += stride) {
        FaultyDaemon faulty;
        faulty.disk.set(QStringLiteral("write=KILL create=KILL sync=KILL skip=%1").arg(point).toStdString());
        outlived = faulty.start();
        ended += !outlived;
        faulty.daemon.kill();
        if (powerIsLost)
            faulty.disk.losePower(uint64_t(point));
        faulty.disk.repair();
        QVERIFY2(faulty.start(), faulty.daemon.log());
        // Only some of the results are used: hashing passwords takes long.
        if (point % (6 * stride) == 0 || outlived) {
            EveryDialect ann;
            QVERIFY(ann.begin(faulty.daemon, QStringLiteral("ann")));
            for (const auto way : EveryDialect::ways)
                QVERIFY2(ann.send(way, QStringLiteral("hello"), newClientId()).acknowledged,
                    EveryDialect::name(way));
            QCOMPARE(ann.history().size(), qsizetype(EveryDialect::ways.size()));
        }
        faulty.daemon.kill();
    }
    QVERIFY2(ended > 10, qPrintable(QString::number(ended)));
}

QTEST_GUILESS_MAIN(StartTest)
#include "tst_start.moc"
