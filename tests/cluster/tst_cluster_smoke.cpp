// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

/// rookery-cluster itself: a few seeded faults with and without a Redis, after which everything acknowledged is there.
class tst_ClusterSmoke : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everythingHolds_data();
    void everythingHolds();
    void aLossIsFound();
    void badUsage_data();
    void badUsage();
    void questions_data();
    void questions();
};

namespace {

struct Outcome
{
    int exitCode = -1;
    QByteArray output;
    QByteArray errors;
};

Outcome runCluster(const QStringList &arguments)
{
    constexpr int patienceMs = 200'000;
    QProcess process;
    process.start(QCoreApplication::applicationDirPath() + QStringLiteral("/rookery-cluster"), arguments);
    Outcome outcome;
    if (!process.waitForFinished(patienceMs)) {
        process.kill();
        process.waitForFinished();
        outcome.errors = "did not end: " + process.readAllStandardError();
        return outcome;
    }
    outcome.exitCode = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    outcome.errors = process.readAllStandardError();
    outcome.output = process.readAllStandardOutput();
    return outcome;
}

} // namespace

void tst_ClusterSmoke::everythingHolds_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("faults");
    QTest::newRow("redis") << QStringLiteral("--faults 10 --seed 1") << 10;
    QTest::newRow("no redis") << QStringLiteral("--faults 5 --seed 2 --no-redis") << 5;
}

void tst_ClusterSmoke::everythingHolds()
{
    QFETCH(const QString, line);
    QFETCH(const int, faults);
    // The bounds on times are lifted: the machine may be busy.
    const Outcome outcome = runCluster(
        (line + QStringLiteral(" --longest 3 --calm 1 --resumed-within-ms 60000 --revoked-within-ms 10000"))
            .split(u' '));
    QVERIFY2(outcome.exitCode == 0, outcome.errors.constData());
    const QJsonObject json = QJsonDocument::fromJson(outcome.output).object();
    QVERIFY(json.value(QLatin1String("faults")).toInt() >= faults);
    for (const char *some : {"acknowledged", "edits", "events", "revoked"})
        QVERIFY2(json.value(QLatin1String(some)).toInt() > 0, some);
    for (const char *fault : {"lost", "doubled", "reordered", "gap", "undone", "altered", "contradicted",
             "phantom", "refused", "broken"})
        QCOMPARE(json.value(QLatin1String(fault)).toInt(-1), 0);
}

void tst_ClusterSmoke::aLossIsFound()
{
    const Outcome outcome = runCluster(
        QStringLiteral("--faults 1 --seed 1 --longest 1 --calm 0.1 --no-redis --plant").split(u' '));
    QCOMPARE(outcome.exitCode, 1);
    const QJsonObject json = QJsonDocument::fromJson(outcome.output).object();
    QVERIFY2(json.value(QLatin1String("gap")).toInt() + json.value(QLatin1String("lost")).toInt() > 0,
        outcome.errors.constData());
}

void tst_ClusterSmoke::badUsage_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("a word") << QStringLiteral("kill") << QByteArray("'kill'");
    QTest::newRow("no option") << QStringLiteral("--often=3") << QByteArray("'--often'");
    QTest::newRow("no number") << QStringLiteral("--faults=many") << QByteArray("'--faults' wants N");
    QTest::newRow("none") << QStringLiteral("--faults=0") << QByteArray("'--faults' wants N");
    QTest::newRow("no kind") << QStringLiteral("--only=tickle node") << QByteArray("'--only' wants KIND");
    QTest::newRow("no value") << QStringLiteral("--seed") << QByteArray("'--seed'");
}

void tst_ClusterSmoke::badUsage()
{
    QFETCH(const QString, line);
    QFETCH(const QByteArray, said);
    const Outcome outcome = runCluster({line});
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(outcome.errors.contains(said), outcome.errors.constData());
    QVERIFY(outcome.errors.contains("--help"));
}

void tst_ClusterSmoke::questions_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("--help") << QStringLiteral("--help") << QByteArray("kill node");
    QTest::newRow("--version") << QStringLiteral("--version") << QByteArray("rookery-cluster 0.");
}

void tst_ClusterSmoke::questions()
{
    QFETCH(const QString, line);
    QFETCH(const QByteArray, said);
    const Outcome outcome = runCluster({line});
    QCOMPARE(outcome.exitCode, 0);
    QVERIFY2(outcome.output.simplified().contains(said), outcome.output.constData());
    QVERIFY(outcome.errors.isEmpty());
}

QTEST_GUILESS_MAIN(tst_ClusterSmoke)
#include "tst_cluster_smoke.moc"
