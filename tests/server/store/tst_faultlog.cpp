// SPDX-License-Identifier: GPL-3.0-or-later
// A disk that stays full must not fill the log with the same line.

#include "server/store/jobs/faultlog.h"

#include <QStringList>
#include <QTest>

using namespace rookery::store;
using namespace std::chrono_literals;

namespace {

QStringList &lines()
{
    static QStringList all;
    return all;
}

void keep(QtMsgType, const QMessageLogContext &, const QString &message)
{
    lines().append(message);
}

} // namespace

class TestFaultLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void oneFaultHasALineAMinute();
    void otherFaultsHaveLinesOfTheirOwn();
    void kindsAreBounded();

private:
    std::chrono::steady_clock::time_point m_now;
    FaultLog m_log{QStringLiteral("/srv/x/rookery.db"), [this] { return m_now; }};
    QtMessageHandler m_before = nullptr;
};

void TestFaultLog::init()
{
    lines().clear();
    m_before = qInstallMessageHandler(keep);
    m_now += 1h;
}

void TestFaultLog::cleanup()
{
    qInstallMessageHandler(m_before);
}

void TestFaultLog::oneFaultHasALineAMinute()
{
    const QString full = QStringLiteral("database or disk is full (code 13)");
    const QString line = QStringLiteral("/srv/x/rookery.db: a checkpoint failed: ") + full;
    // Nine times a second for three minutes and a bit.
    for (int i = 0; i < 9 * 181; ++i) {
        m_log.tell("a checkpoint failed", full);
        m_now += 111ms;
    }
    QCOMPARE(lines().size(), 4);
    QCOMPARE(lines().at(0), line);
    for (int i = 1; i < 4; ++i) {
        const QString told = lines().at(i);
        QVERIFY2(told.startsWith(line + QStringLiteral(" (54")), qPrintable(told));
        QVERIFY2(told.endsWith(QStringLiteral(" times since this was last told)")), qPrintable(told));
    }
}

void TestFaultLog::otherFaultsHaveLinesOfTheirOwn()
{
    m_log.tell("a read failed", QStringLiteral("disk I/O error (code 10)"));
    m_log.tell("a write failed", QStringLiteral("disk I/O error (code 10)"));
    m_log.tell("a write failed", QStringLiteral("disk I/O error (code 266)"));
    m_log.tell("a write failed", QStringLiteral("disk I/O error (code 10)"));
    QCOMPARE(lines().size(), 3);
}

void TestFaultLog::kindsAreBounded()
{
    for (int i = 0; i < 100'000; ++i)
        m_log.tell("a read failed", QString::number(i));
    QVERIFY2(
        lines().size() <= qsizetype(FaultLog::mostKinds) + 1, qPrintable(QString::number(lines().size())));
}

QTEST_GUILESS_MAIN(TestFaultLog)
#include "tst_faultlog.moc"
