// SPDX-License-Identifier: GPL-3.0-or-later
// What a kill -9 leaves behind. The test starts itself again as the process that is to die.

#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/migrator.h"
#include "server/store/sqlite/sqlstore.h"
#include "tests/server/store/plaindatabase.h"
#include "tests/server/store/storetest.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QVariant>

#include <csignal>
#include <cstdio>

using namespace storetest;

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
    Migrator migrator(**connection, steps());
    migrator.setBeforeCommit([version](int reached) {
        if (reached == version)
            std::raise(SIGKILL);
    });
    if (!migrator.run())
        return 3;
    std::raise(SIGKILL);
    return 4;
}

/// Sends as fast as it is answered, in several rooms, and says what was acknowledged, until it is killed.
int sendForever(const QString &path)
{
    SqliteOptions options;
    options.path = path;
    auto opened = SqlStore::open(options);
    if (!opened)
        return 2;
    SqlStore &store = **opened;
    Waiting waiting(&store);
    const auto ann = waiting.createUser(newUser(QStringLiteral("Ann")));
    const auto room = waiting.createRoom(newRoom(QStringLiteral("Tea")));
    if (!ann || !room)
        return 3;
    QObject context;
    std::function<void()> send = [&] {
        const NewMessage message = newMessage(*room, *ann, QStringLiteral("under load"));
        store.append(message, &context, [&, message](Result<Appended> appended) {
            if (appended) {
                std::printf("%lld %s %s\n", static_cast<long long>(appended->event.seq),
                    qPrintable(appended->event.id), qPrintable(message.clientId));
                std::fflush(stdout);
            }
            send();
        });
    };
    for (int i = 0; i < 50; ++i)
        send();
    return QCoreApplication::exec();
}

} // namespace

class TestStoreKill : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void betweenTwoSchemaSteps_data();
    void betweenTwoSchemaSteps();
    void underLoad();
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
    Connection connection(addPlainDatabase(path), &sqlite::classify);
    const QString tables = QStringLiteral("SELECT count(*) FROM sqlite_master WHERE name LIKE 't_'");
    QCOMPARE(connection.value(tables).toInt(), version - 1);
    QVERIFY(Migrator(connection, steps()).run().ok());
    QCOMPARE(connection.value(tables).toInt(), 3);
    QCOMPARE(connection.value(QStringLiteral("SELECT max(version) FROM schema_version")).toInt(), 3);
    QCOMPARE(connection.value(QStringLiteral("SELECT count(*) FROM t3")).toInt(), 1);
}

void TestStoreKill::underLoad()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("rookery.db"));
    QProcess child;
    child.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--send-forever"), path});
    QVERIFY(child.waitForStarted());
    QByteArray output;
    while (output.count('\n') < 3000) {
        QVERIFY2(child.waitForReadyRead(20'000), child.readAllStandardError().constData());
        output += child.readAllStandardOutput();
    }
    child.kill();
    QVERIFY(child.waitForFinished());
    output += child.readAllStandardOutput();
    output.truncate(output.lastIndexOf('\n')); // the last line may be torn

    SqliteOptions options;
    options.path = path;
    VALUE_OR_FAIL(store, SqlStore::open(options));
    Waiting waiting(store.get());
    VALUE_OR_FAIL(ann, waiting.findUser({}, QStringLiteral("ann")));
    VALUE_OR_FAIL(room, waiting.findRoom({}, QStringLiteral("tea")));
    QHash<QByteArray, RoomEvent> kept;
    qint64 seq = 0;
    bool more = true;
    while (more) {
        VALUE_OR_FAIL(page, waiting.page({room.id, {}, seq, 1000}));
        for (const RoomEvent &event : page.events) {
            QCOMPARE(event.seq, ++seq); // no hole, no double
            kept.insert(event.id.toLatin1(), event);
        }
        more = page.hasMore;
    }
    QCOMPARE(room.lastSeq, seq);
    const QList<QByteArray> lines = output.split('\n');
    QVERIFY(lines.size() >= 2999);
    for (const QByteArray &line : lines) {
        const QList<QByteArray> words = line.split(' ');
        QVERIFY2(kept.contains(words.at(1)), line.constData()); // acknowledged is durable
        QCOMPARE(kept[words.at(1)].seq, words.at(0).toLongLong());
        QCOMPARE(kept[words.at(1)].clientId.toLatin1(), words.at(2));
    }
    // A sender who was not told sends again, and has the same answer as everybody who was.
    const RoomEvent last = kept[lines.last().split(' ').at(1)];
    VALUE_OR_FAIL(again, waiting.append({room.id, ann, last.clientId, last.text()}));
    QVERIFY(again.duplicate);
    QCOMPARE(again.event, last);
}

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1String("--migrate-and-die"))
        return migrateAndDie(arguments.value(2), arguments.value(3).toInt());
    if (arguments.value(1) == QLatin1String("--send-forever"))
        return sendForever(arguments.value(2));
    TestStoreKill test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_store_kill.moc"
