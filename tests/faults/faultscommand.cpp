// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faultscommand.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QProcess>
#include <QTest>

namespace rookery::test {

FaultsOutcome runFaults(const QByteArray &line)
{
    constexpr int patienceMs = 200'000;
    QProcess process;
    process.start(QCoreApplication::applicationDirPath() + QStringLiteral("/rookery-faults"),
        QString::fromUtf8(line).split(u' ', Qt::SkipEmptyParts));
    FaultsOutcome outcome;
    if (!process.waitForFinished(patienceMs)) {
        process.kill();
        process.waitForFinished();
        outcome.errors = "did not end";
        return outcome;
    }
    outcome.exitCode = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    outcome.errors = process.readAllStandardError();
    outcome.output = process.readAllStandardOutput();
    outcome.json = QJsonDocument::fromJson(outcome.output).object();
    return outcome;
}

void expectAllHolds(const QByteArray &line, const QString &count, int atLeast)
{
    const FaultsOutcome outcome = runFaults(line);
    QVERIFY2(outcome.exitCode == 0, outcome.errors.constData());
    QVERIFY(outcome.json.value(count).toInt() >= atLeast);
    QVERIFY(outcome.json.value(QLatin1String("acknowledged")).toInt() > 0);
    for (const char *fault : {"lost", "doubled", "reordered", "gap", "undone", "altered", "contradicted",
             "phantom", "refused", "broken"})
        QCOMPARE(outcome.json.value(QLatin1String(fault)).toInt(-1), 0);
}

} // namespace rookery::test
