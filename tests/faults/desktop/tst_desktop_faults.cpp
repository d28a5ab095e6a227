// SPDX-License-Identifier: GPL-3.0-or-later
// A short run of rookery-desktop-faults, with every kind of fault.

#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

using namespace Qt::StringLiterals;

class tst_DesktopFaults : public QObject
{
    Q_OBJECT
private:
    struct Outcome
    {
        int exitCode = -1;
        QJsonObject json;
        QByteArray errors;
    };
    static Outcome run(const QStringList &arguments)
    {
        QProcess process;
        process.start(QCoreApplication::applicationDirPath() + u"/rookery-desktop-faults"_s, arguments);
        Outcome outcome;
        if (process.waitForFinished(280'000) && process.exitStatus() == QProcess::NormalExit)
            outcome.exitCode = process.exitCode();
        else
            process.kill();
        outcome.json = QJsonDocument::fromJson(process.readAllStandardOutput()).object();
        outcome.errors = process.readAllStandardError();
        return outcome;
    }

private Q_SLOTS:
    void everyMessageIsDeliveredOnceAndInOrder()
    {
        const Outcome outcome = run({u"--sends"_s, u"200"_s, u"--seed"_s, u"7"_s});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.constData());
        // Every kind of fault must have happened.
        QVERIFY(outcome.json[u"sends"_s].toInt() >= 200);
        for (const QString &figure : {u"client_kills"_s, u"daemon_kills"_s, u"cut"_s})
            QVERIFY2(outcome.json[figure].toInt() > 0, qPrintable(figure));
    }

    void badUsage()
    {
        QCOMPARE(run({u"--sends"_s, u"none"_s}).exitCode, 2);
        QCOMPARE(run({u"--seed"_s, u"1"_s, u"more"_s}).exitCode, 2);
        QCOMPARE(run({u"--often"_s}).exitCode, 2);
        const auto outcome = run({u"--hurry"_s, u"0"_s});
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY2(outcome.errors.contains("--hurry cannot be '0'"), outcome.errors.constData());
    }
};

QTEST_GUILESS_MAIN(tst_DesktopFaults)
#include "tst_desktop_faults.moc"
