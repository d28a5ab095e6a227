// SPDX-License-Identifier: GPL-3.0-or-later
// A migration that is killed, or whose server is, goes on where it was. The test starts itself again as the process that is to
// die.

#include "tests/server/ctl/transferplace.h"

#include <QCoreApplication>
#include <QProcess>
#include <QRandomGenerator>

#include <csignal>

using namespace transferplace;
using population::answersOf;
using population::Population;

namespace {

constexpr quint32 seed = 20261130;

/// Copies, and dies at the report with this number; the count of reports if there are fewer.
int migrateAndDie(const QString &path, const QString &conninfo, int number)
{
    store::transfer::Options options;
    options.path = path;
    options.conninfo = conninfo;
    options.batchRows = 20;
    int reports = 0;
    options.progress = [&](const store::transfer::Progress &) {
        if (++reports == number)
            std::raise(SIGKILL);
    };
    const auto report = store::transfer::migrate(options);
    return report && report->outcome == Outcome::Same ? 0 : 3;
}

} // namespace

class TestTransferFaults : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void killedAndGoneOn();
    void stoppedAndGoneOn();
    void daemonWroteInBetween();
    void serverCrashes();

private:
    int runAndDie(int number);
    void checkResult();

    Place m_place;
    Population m_all;
    QStringList m_before;
};

void TestTransferFaults::init()
{
    QVERIFY2(m_place.make(), qPrintable(m_place.server.why()));
    m_all = {};
    const auto store = m_place.openSqlite();
    QVERIFY(store);
    population::populate(Waiting(store.get()), 150, m_all);
    if (!QTest::currentTestFailed())
        m_before = answersOf(Waiting(store.get()), m_all);
}

/// The exit code, or -1 if it was killed.
int TestTransferFaults::runAndDie(int number)
{
    QProcess child;
    child.setProcessChannelMode(QProcess::ForwardedChannels);
    child.start(QCoreApplication::applicationFilePath(),
        {QStringLiteral("--migrate-and-die"), m_place.path(), m_place.server.conninfo(m_place.database),
            QString::number(number)});
    if (!child.waitForFinished(60'000))
        return -2;
    return child.exitStatus() == QProcess::CrashExit ? -1 : child.exitCode();
}

void TestTransferFaults::checkResult()
{
    const auto store = m_place.openPostgres();
    QVERIFY(store);
    QVERIFY(areSame(m_before, answersOf(Waiting(store.get()), m_all)));
}

/// Each time a few steps further, until nothing is left to do; then every single step of what remains.
void TestTransferFaults::killedAndGoneOn()
{
    QRandomGenerator random(seed);
    int killed = 0;
    int code = -1;
    while (code == -1 && killed < 200) {
        // Most runs get to copy something; at some point all is copied, and a run has fewer steps than these.
        code = runAndDie(1 + random.bounded(killed < 10 ? 3 : 3 + killed));
        killed += code == -1 ? 1 : 0;
        if (code == -1)
            QVERIFY(!m_place.openPostgres());
    }
    QCOMPARE(code, 0);
    QVERIFY2(killed >= 10, qPrintable(QString::number(killed)));
    checkResult();
}

void TestTransferFaults::stoppedAndGoneOn()
{
    QList<QString> tasks;
    int stops = 0;
    for (Outcome outcome = Outcome::Stopped; outcome == Outcome::Stopped && stops < 200; ++stops) {
        auto options = m_place.options();
        int steps = 0;
        options.progress = [&](const store::transfer::Progress &progress) {
            ++steps;
            tasks.append(progress.task);
        };
        options.stopped = [&] { return steps > stops; };
        VALUE_OR_FAIL(report, store::transfer::migrate(options));
        outcome = report.outcome;
    }
    QVERIFY(stops > 5 && stops < 200);
    // What was copied is not copied again.
    const auto copied = std::count_if(tasks.cbegin(), tasks.cend(),
        [](const QString &task) { return task == QLatin1String("copying events"); });
    const int rows = m_place.ask(QStringLiteral("SELECT count(*) FROM events")).toInt();
    QVERIFY2(copied <= rows / 20 + 1, qPrintable(QString::number(copied)));
    checkResult();
}

void TestTransferFaults::daemonWroteInBetween()
{
    // After all tables, before the end.
    auto options = m_place.options();
    bool isCopied = false;
    options.progress = [&](const store::transfer::Progress &progress) {
        isCopied = isCopied || progress.task == QLatin1String("making indexes");
    };
    options.stopped = [&] { return isCopied; };
    VALUE_OR_FAIL(stopped, store::transfer::migrate(options));
    QCOMPARE(stopped.outcome, Outcome::Stopped);
    {
        const auto opened = m_place.openSqlite();
        QVERIFY(opened);
        Waiting store(opened.get());
        for (int i = 0; i < 30; ++i)
            population::goOn(store, m_all, i);
        QVERIFY(store.setMember(m_all.rooms[0].id, m_all.users[2].id, false).ok());
        QVERIFY(store.setBlocked(m_all.users[0], m_all.users[2], false).ok());
        m_before = answersOf(store, m_all);
    }
    VALUE_OR_FAIL(report, store::transfer::migrate(m_place.options()));
    QCOMPARE(report.outcome, Outcome::Same);
    checkResult();
}

void TestTransferFaults::serverCrashes()
{
    auto options = m_place.options();
    int steps = 0;
    options.progress = [&](const store::transfer::Progress &progress) {
        if (progress.task == QLatin1String("copying events") && ++steps == 4)
            m_place.server.crash();
    };
    const auto failed = store::transfer::migrate(options);
    QVERIFY(!failed.ok());
    QVERIFY2(failed.error().detail.contains(QLatin1String("The same command goes on from here")),
        qPrintable(failed.error().detail));
    QVERIFY2(m_place.server.start({QStringLiteral("fsync=off")}), qPrintable(m_place.server.why()));
    VALUE_OR_FAIL(report, store::transfer::migrate(m_place.options()));
    QCOMPARE(report.outcome, Outcome::Same);
    checkResult();
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 5 && arguments[1] == QLatin1String("--migrate-and-die"))
        return migrateAndDie(arguments[2], arguments[3], arguments[4].toInt());
    TestTransferFaults test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_transferfaults.moc"
