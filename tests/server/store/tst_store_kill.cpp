// SPDX-License-Identifier: GPL-3.0-or-later
// What a kill -9 in a schema step leaves behind on SQLite. The test starts itself again as the process that is to die.

#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/sqlitemigrator.h"
#include "tests/server/store/plaindatabase.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

#include <csignal>

using namespace rookery;
using namespace rookery::store;
using storetest::addPlainDatabase;

namespace {

SchemaStep step(int version)
{
    return SchemaStep{version, QStringLiteral("step%1").arg(version),
        QStringLiteral("CREATE TABLE t%1 (x); INSERT INTO t%1 VALUES (%1);").arg(version)};
}

const QList<SchemaStep> &steps()
{
    static const QList<SchemaStep> all{step(1), step(2), step(3)};
    return all;
}

/// Migrates and dies where `version` is about to be committed; a version beyond the last: after all of them.
int migrateAndDie(const QString &path, int version)
{
    auto connection = sqlite::connect(path, sqlite::Access::Write);
    if (!connection)
        return 2;
    SqliteMigrator migrator(**connection, steps());
    migrator.setBeforeCommit([version](int reached) {
        if (reached == version)
            std::raise(SIGKILL);
    });
    if (!migrator.run())
        return 3;
    std::raise(SIGKILL);
    return 4;
}

} // namespace

class TestStoreKill : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void betweenTwoSchemaSteps_data();
    void betweenTwoSchemaSteps();
};

void TestStoreKill::betweenTwoSchemaSteps_data()
{
    QTest::addColumn<int>("version");
    QTest::newRow("in the first") << 1;
    QTest::newRow("in the second") << 2;
    QTest::newRow("in the last") << 3;
    QTest::newRow("after the last") << 4;
}

void TestStoreKill::betweenTwoSchemaSteps()
{
    QFETCH(int, version);
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("rookery.db"));
    QProcess child;
    child.start(QCoreApplication::applicationFilePath(),
        {QStringLiteral("--migrate-and-die"), path, QString::number(version)});
    QVERIFY(child.waitForFinished());
    QCOMPARE(child.exitStatus(), QProcess::CrashExit);

    // The steps here do not mark the file as ours, as the real first one does: opened without that check.
    SqliteConnection connection(addPlainDatabase(path), &sqlite::classify);
    const QString tables = QStringLiteral("SELECT count(*) FROM sqlite_master WHERE name LIKE 't_'");
    QCOMPARE(connection.value(tables).toInt(), version - 1);
    QVERIFY(SqliteMigrator(connection, steps()).run().ok());
    QCOMPARE(connection.value(tables).toInt(), 3);
    QCOMPARE(connection.value(QStringLiteral("SELECT max(version) FROM schema_version")).toInt(), 3);
    QCOMPARE(connection.value(QStringLiteral("SELECT count(*) FROM t3")).toInt(), 1);
}

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1String("--migrate-and-die"))
        return migrateAndDie(arguments.value(2), arguments.value(3).toInt());
    TestStoreKill test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_store_kill.moc"
