// SPDX-License-Identifier: GPL-3.0-or-later
// What is true of the SQLite store only: its file, its schema, its queues, its one writer.

#include "server/store/queries/eventqueries.h"
#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/sqlitemigrator.h"
#include "server/store/sqlite/sqlitestore.h"
#include "tests/server/store/gate.h"
#include "tests/server/store/plaindatabase.h"
#include "tests/server/store/storetest.h"

#include <QDir>
#include <QFile>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QVariant>

using namespace storetest;

namespace {

constexpr auto ownerOnly =
    QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ReadUser | QFileDevice::WriteUser;

QList<SchemaStep> allSteps()
{
    auto steps = readSchemaSteps(QStringLiteral(":/rookery/sql/sqlite"));
    return steps ? std::move(steps).value() : QList<SchemaStep>();
}

} // namespace

class TestStoreSqlite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void fileIsForItsOwnerOnly();
    void widePermissionsAreNarrowed();
    void connectionIsDurable();
    void unusablePaths_data();
    void unusablePaths();
    void anotherProgramsDatabaseIsNotTouched();
    void schemaFilesAreEmbedded();
    void migrationFromEveryVersion_data();
    void migrationFromEveryVersion();
    void newerSchemaIsRefused();
    void failingStepIsUndone();
    void stepsMustCountUp_data();
    void stepsMustCountUp();
    void expiredSessionsArePurgedAtOpen();

    void queueIsBounded();
    void readQueueIsBounded();
    void writesAreGrouped();
    void faultOfOneWriteLeavesTheOthers();
    void faultOfTheTransactionAcknowledgesNothing_data();
    void faultOfTheTransactionAcknowledgesNothing();
    void fullDisk();
    void pageIsARangeOfThePrimaryKey_data();
    void pageIsARangeOfThePrimaryKey();

private:
    QString path() const { return m_folder->filePath(QStringLiteral("rookery.db")); }
    Result<std::unique_ptr<SqliteStore>> tryOpen(int queueBound = 10'000);
    void open(int queueBound = 10'000);
    void makeRoom();
    Waiting store() { return Waiting(m_store.get()); }
    /// What the writer's connection answers to a statement.
    QVariant ask(const QString &sql);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<SqliteStore> m_store;
    User m_ann;
    Room m_room;
};

void TestStoreSqlite::initTestCase()
{
    init();
    open(); // which registers the embedded schema steps that the rows below are made from
    cleanup();
}

void TestStoreSqlite::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void TestStoreSqlite::cleanup()
{
    m_store.reset();
}

Result<std::unique_ptr<SqliteStore>> TestStoreSqlite::tryOpen(int queueBound)
{
    SqliteOptions options;
    options.path = path();
    options.readers = 1;
    options.queueBound = queueBound;
    return SqliteStore::open(options);
}

void TestStoreSqlite::open(int queueBound)
{
    VALUE_OR_FAIL(opened, tryOpen(queueBound));
    m_store = std::move(opened);
}

void TestStoreSqlite::makeRoom()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    m_ann = ann;
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"))));
    m_room = room;
}

QVariant TestStoreSqlite::ask(const QString &sql)
{
    QVariant answer;
    const auto done = await<Nothing>([&](QObject *context, Done<Nothing> reply) {
        m_store->runOnWriter(
            [&](Connection &connection) -> Result<Nothing> {
                answer = connection.value(sql);
                return Nothing();
            },
            context, std::move(reply));
    });
    return done ? answer : QVariant();
}

void TestStoreSqlite::fileIsForItsOwnerOnly()
{
    const QString folder = m_folder->filePath(QStringLiteral("a/b/data"));
    SqliteOptions options;
    options.path = folder + QStringLiteral("/rookery.db");
    VALUE_OR_FAIL(opened, SqliteStore::open(options));
    m_store = std::move(opened);
    makeRoom();
    QCOMPARE(QFile::permissions(folder), ownerOnly | QFileDevice::ExeOwner | QFileDevice::ExeUser);
    const QStringList files = QDir(folder).entryList(QDir::Files);
    QVERIFY2(files.contains(QStringLiteral("rookery.db-wal")), "the write-ahead log is not in use");
    for (const QString &file : files)
        QCOMPARE(QFile::permissions(folder + u'/' + file), ownerOnly);
}

void TestStoreSqlite::widePermissionsAreNarrowed()
{
    open();
    m_store.reset();
    QVERIFY(QFile::setPermissions(path(), ownerOnly | QFileDevice::ReadGroup | QFileDevice::ReadOther));
    open();
    QCOMPARE(QFile::permissions(path()), ownerOnly);
}

void TestStoreSqlite::connectionIsDurable()
{
    open();
    QCOMPARE(ask(QStringLiteral("PRAGMA journal_mode")).toString(), QStringLiteral("wal"));
    QCOMPARE(ask(QStringLiteral("PRAGMA synchronous")).toInt(), 2); // FULL
    QCOMPARE(ask(QStringLiteral("PRAGMA foreign_keys")).toInt(), 1);
    QCOMPARE(ask(QStringLiteral("PRAGMA busy_timeout")).toInt(), 5000);
    QCOMPARE(ask(QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
}

void TestStoreSqlite::unusablePaths_data()
{
    QTest::addColumn<QString>("prepare");
    QTest::addColumn<QString>("expected");
    QTest::newRow("a text file") << QStringLiteral(
        "text") << QStringLiteral("file is not a database (code 26). Something else is in its place");
    QTest::newRow("a folder") << QStringLiteral("folder") << QStringLiteral("is a folder");
    QTest::newRow("under a file") << QStringLiteral("under")
                                  << QStringLiteral("cannot be made: Not a directory");
}

void TestStoreSqlite::unusablePaths()
{
    QFETCH(QString, prepare);
    QFETCH(QString, expected);
    const QByteArray content = QByteArray("This is not a database. ").repeated(200);
    SqliteOptions options;
    options.path = path();
    if (prepare == QLatin1String("folder")) {
        QVERIFY(QDir().mkpath(path()));
    } else {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        if (prepare == QLatin1String("under"))
            options.path = path() + QStringLiteral("/inside/rookery.db");
    }
    const auto opened = SqliteStore::open(options);
    QVERIFY(!opened.ok());
    QVERIFY2(opened.error().detail.contains(expected), qPrintable(opened.error().detail));
    QVERIFY2(opened.error().detail.contains(path()), qPrintable(opened.error().detail));
    QVERIFY2(!opened.error().detail.contains(QLatin1String("disk")), qPrintable(opened.error().detail));
    if (prepare == QLatin1String("text")) {
        QFile file(path());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), content);
    }
}

void TestStoreSqlite::anotherProgramsDatabaseIsNotTouched()
{
    {
        SqliteConnection other(addPlainDatabase(path()), &sqlite::classify);
        other.execute(QStringLiteral("CREATE TABLE recipes (name TEXT)"));
        QCOMPARE(other.value(QStringLiteral("PRAGMA journal_mode")).toString(), QStringLiteral("delete"));
    }
    const auto opened = tryOpen();
    QVERIFY(!opened.ok());
    QVERIFY2(
        opened.error().detail.contains(QLatin1String("another program")), qPrintable(opened.error().detail));
    SqliteConnection other(addPlainDatabase(path()), &sqlite::classify);
    QCOMPARE(other.value(QStringLiteral("PRAGMA journal_mode")).toString(), QStringLiteral("delete"));
    QCOMPARE(other.value(QStringLiteral("SELECT count(*) FROM sqlite_master")).toInt(), 1);
}

void TestStoreSqlite::schemaFilesAreEmbedded()
{
    const QString source = qEnvironmentVariable("ROOKERY_TEST_SOURCE_DIR");
    QVERIFY2(!source.isEmpty(), "run by CTest, which says where the sources are");
    const QStringList inSources = QDir(source + QStringLiteral("/resources/sql/sqlite"))
                                      .entryList({QStringLiteral("*.sql")}, QDir::Files);
    const QStringList embedded = QDir(QStringLiteral(":/rookery/sql/sqlite")).entryList(QDir::Files);
    QVERIFY(!embedded.isEmpty());
    QCOMPARE(embedded, inSources);
}

void TestStoreSqlite::migrationFromEveryVersion_data()
{
    QTest::addColumn<int>("from");
    QVERIFY(!allSteps().isEmpty());
    for (int version = 0; version <= allSteps().size(); ++version)
        QTest::addRow("from %d", version) << version;
}

void TestStoreSqlite::migrationFromEveryVersion()
{
    QFETCH(int, from);
    QFile::remove(path());
    {
        QVERIFY(sqlite::prepareFile(path()).ok());
        VALUE_OR_FAIL(connection, sqlite::connect(path(), sqlite::Access::Write));
        QVERIFY(SqliteMigrator(*connection, allSteps().first(from)).run().ok());
        if (from > 0) {
            connection->execute(QStringLiteral(
                "INSERT INTO users (id, public_id, name, skeleton, password_hash, guest, created_at) "
                "VALUES (1, x'0197fd6c000070008000000000000001', 'Old', 'old', '', 0, 1)"));
        }
    }
    if (from > 0 && from < allSteps().size()) {
        const QString steps =
            QStringLiteral("its schema goes from version %1 to %2").arg(from).arg(allSteps().size());
        QTest::ignoreMessage(QtInfoMsg, QRegularExpression(steps));
        QTest::ignoreMessage(
            QtInfoMsg, QRegularExpression(QStringLiteral("a rookeryd that does not know version")));
    }
    open();
    QCOMPARE(ask(QStringLiteral("SELECT max(version) FROM schema_version")).toInt(), allSteps().size());
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM schema_version")).toInt(), allSteps().size());
    if (from > 0) {
        VALUE_OR_FAIL(old, store().findUser({}, QStringLiteral("old")));
        QCOMPARE(old.id, QStringLiteral("0197fd6c-0000-7000-8000-000000000001"));
    }
    makeRoom();
    QVERIFY(store().append(newMessage(m_room, m_ann, QStringLiteral("it works"))).ok());
}

void TestStoreSqlite::newerSchemaIsRefused()
{
    open();
    ask(QStringLiteral("INSERT INTO schema_version VALUES (9999, '9999_future', 0)"));
    m_store.reset();
    for (int round = 0; round < 2; ++round) {
        const auto opened = tryOpen();
        QVERIFY(!opened.ok());
        QVERIFY2(opened.error().detail.contains(QLatin1String("9999")), qPrintable(opened.error().detail));
        QVERIFY2(opened.error().detail.contains(QLatin1String("newer")), qPrintable(opened.error().detail));
    }
}

void TestStoreSqlite::failingStepIsUndone()
{
    const auto step = [](int version, const char *script) {
        return SchemaStep{version, QStringLiteral("%1_step").arg(version, 4, 10, QLatin1Char('0')),
            QString::fromLatin1(script)};
    };
    const SchemaStep good = step(1, "CREATE TABLE a (x); INSERT INTO a VALUES (1);");
    const SchemaStep bad =
        step(2, "CREATE TABLE b (x); INSERT INTO a VALUES (2); INSERT INTO nowhere VALUES (1);");
    const SchemaStep repaired = step(2, "CREATE TABLE b (x); INSERT INTO a VALUES (3);");
    VALUE_OR_FAIL(connection, sqlite::connect(path(), sqlite::Access::Write));
    const auto failed = SqliteMigrator(*connection, {good, bad}).run();
    QVERIFY(!failed.ok());
    QVERIFY2(failed.error().detail.contains(QLatin1String("0002_step")), qPrintable(failed.error().detail));
    QCOMPARE(connection->value(QStringLiteral("SELECT max(version) FROM schema_version")).toInt(), 1);
    QCOMPARE(
        connection->value(QStringLiteral("SELECT group_concat(x) FROM a")).toString(), QStringLiteral("1"));
    QVERIFY(!connection->value(QStringLiteral("SELECT 1 FROM sqlite_master WHERE name = 'b'")).isValid());
    QVERIFY(SqliteMigrator(*connection, {good, repaired}).run().ok());
    QCOMPARE(
        connection->value(QStringLiteral("SELECT group_concat(x) FROM a")).toString(), QStringLiteral("1,3"));
}

void TestStoreSqlite::stepsMustCountUp_data()
{
    QTest::addColumn<QStringList>("files");
    QTest::newRow("none") << QStringList();
    QTest::newRow("gap") << QStringList{QStringLiteral("0001_a.sql"), QStringLiteral("0003_b.sql")};
    QTest::newRow("twice") << QStringList{QStringLiteral("0001_a.sql"), QStringLiteral("0001_b.sql")};
    QTest::newRow("no number") << QStringList{QStringLiteral("users.sql")};
    QTest::newRow("from zero") << QStringList{QStringLiteral("0000_a.sql")};
}

void TestStoreSqlite::stepsMustCountUp()
{
    QFETCH(QStringList, files);
    for (const QString &name : files) {
        QFile file(m_folder->filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    const auto steps = readSchemaSteps(m_folder->path());
    QVERIFY(!steps.ok());
}

void TestStoreSqlite::expiredSessionsArePurgedAtOpen()
{
    open();
    makeRoom();
    const QDateTime now = QDateTime::currentDateTimeUtc();
    QVERIFY(store().createSession({newId(), m_ann, now.addSecs(-9), now.addSecs(-1), {}, {}}).ok());
    QVERIFY(store().createSession({newId(), m_ann, now.addSecs(-9), now.addSecs(99), {}, {}}).ok());
    // What a clock that was a month ahead has made.
    QVERIFY(store().createSession({newId(), m_ann, now.addDays(-120), now.addDays(-89), {}, {}}).ok());
    QVERIFY(store().createSession({newId(), m_ann, now.addDays(-120), now.addDays(-91), {}, {}}).ok());
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM sessions")).toInt(), 4);
    m_store.reset();
    open();
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM sessions")).toInt(), 3);
}

void TestStoreSqlite::queueIsBounded()
{
    constexpr int bound = 5;
    open(bound);
    makeRoom();
    QObject context;
    int stored = 0;
    int refused = 0;
    {
        Gate gate(m_store.get());
        for (int i = 0; i < bound + 3; ++i) {
            m_store->append(
                newMessage(m_room, m_ann, QString::number(i)), &context, [&](Result<Appended> appended) {
                    if (appended) {
                        QCOMPARE(appended->event.seq, qint64(++stored));
                    } else {
                        QCOMPARE(int(appended.error().code), int(ErrorCode::Overloaded));
                        QCOMPARE(appended.error().retryAfter, std::chrono::milliseconds(1000));
                        ++refused;
                    }
                });
        }
        QCOMPARE(refused, 0); // not even a refusal comes from inside a call
        QTRY_COMPARE(refused, 3); // while the writer stands still
        QCOMPARE(stored, 0);
    }
    QTRY_COMPARE(stored, bound);
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.lastSeq, qint64(bound));
}

void TestStoreSqlite::readQueueIsBounded()
{
    open(1);
    makeRoom();
    QObject context;
    int answered = 0;
    int overloaded = 0;
    for (int i = 0; i < 2000; ++i) {
        m_store->page({m_room.id, {}, {}, 50}, &context, [&](Result<Page> page) {
            ++answered;
            if (!page && page.error().code == ErrorCode::Overloaded)
                ++overloaded;
        });
    }
    QTRY_COMPARE(answered, 2000);
    QVERIFY(overloaded > 0);
    QVERIFY(overloaded < 2000);
    QVERIFY(store().page({m_room.id, {}, {}, 50}).ok());
}

void TestStoreSqlite::writesAreGrouped()
{
    open();
    makeRoom();
    QObject context;
    int stored = 0;
    const quint64 before = m_store->commits();
    {
        Gate gate(m_store.get());
        for (int i = 0; i < 500; ++i)
            m_store->append(
                newMessage(m_room, m_ann, QString::number(i)), &context, [&](Result<Appended> appended) {
                    QVERIFY(appended.ok());
                    QCOMPARE(appended->event.seq, qint64(++stored));
                });
    }
    QTRY_COMPARE(stored, 500);
    QCOMPARE(m_store->commits() - before, quint64(2)); // the gate's and one for all of them

    // Without a gate they are still far fewer than the messages.
    stored = 500;
    for (int i = 0; i < 500; ++i)
        m_store->append(newMessage(m_room, m_ann, QString::number(i)), &context,
            [&](const auto &appended) { stored += appended.ok() ? 1 : 0; });
    QTRY_COMPARE(stored, 1000);
    QVERIFY2(m_store->commits() - before < 250, qPrintable(QString::number(m_store->commits() - before)));
}

void TestStoreSqlite::faultOfOneWriteLeavesTheOthers()
{
    open();
    makeRoom();
    QObject context;
    QStringList answers;
    {
        Gate gate(m_store.get());
        const auto note = [&](const auto &result) {
            answers.append(result.ok() ? QStringLiteral("ok") : QLatin1String(codeText(result.error().code)));
        };
        m_store->append(newMessage(m_room, m_ann, QStringLiteral("one")), &context, note);
        m_store->runOnWriter(
            [](Connection &connection) -> Result<Nothing> {
                connection.execute(QStringLiteral("DELETE FROM events"));
                connection.execute(QStringLiteral("INSERT INTO users (id) VALUES (1)")); // NOT NULL fails
                return Nothing();
            },
            &context, note);
        m_store->append(newMessage(m_room, m_ann, QStringLiteral("two")), &context, note);
        QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("a write failed")));
    }
    QTRY_COMPARE(answers.size(), 3);
    QCOMPARE(answers, (QStringList{QStringLiteral("ok"), QStringLiteral("internal"), QStringLiteral("ok")}));
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.events.size(), 2);
}

void TestStoreSqlite::faultOfTheTransactionAcknowledgesNothing_data()
{
    QTest::addColumn<int>("fault");
    QTest::addColumn<int>("code");
    QTest::newRow("disk full") << int(Fault::Full) << int(ErrorCode::StorageFull);
    QTest::newRow("busy") << int(Fault::Transaction) << int(ErrorCode::StorageUnavailable);
    QTest::newRow("i/o error") << int(Fault::Connection) << int(ErrorCode::StorageUnavailable);
}

void TestStoreSqlite::faultOfTheTransactionAcknowledgesNothing()
{
    QFETCH(int, fault);
    QFETCH(int, code);
    open();
    makeRoom();
    QObject context;
    QList<int> codes;
    const NewMessage resent = newMessage(m_room, m_ann, QStringLiteral("one"));
    {
        Gate gate(m_store.get());
        const auto note = [&](const auto &result) {
            codes.append(result.ok() ? -1 : int(result.error().code));
        };
        m_store->append(resent, &context, note);
        m_store->createUser(newUser(QStringLiteral("Ann")), &context, note); // refused in any case
        m_store->runOnWriter(
            [fault](Connection &) -> Result<Nothing> {
                throw DatabaseError{Fault(fault), QStringLiteral("made up by the test")};
            },
            &context, note);
        m_store->append(newMessage(m_room, m_ann, QStringLiteral("two")), &context, note);
        QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("made up by the test")));
    }
    QTRY_COMPARE(codes.size(), 4);
    QCOMPARE(codes, QList<int>(4, code));
    VALUE_OR_FAIL(empty, store().page({m_room.id, {}, {}, 50}));
    QVERIFY(empty.events.isEmpty());
    QCOMPARE(empty.lastSeq, qint64(0));

    // The next transaction is a new one, on a new connection where the old one cannot be trusted.
    VALUE_OR_FAIL(again, store().append(resent));
    QVERIFY(!again.duplicate);
    QCOMPARE(again.event.seq, qint64(1));
    QCOMPARE(ask(QStringLiteral("PRAGMA synchronous")).toInt(), 2);
}

void TestStoreSqlite::fullDisk()
{
    open();
    makeRoom();
    const QString text(3000, u'x');
    VALUE_OR_FAIL(first, store().append(newMessage(m_room, m_ann, text)));
    const int pages = ask(QStringLiteral("PRAGMA page_count")).toInt();
    QVERIFY(pages > 0);
    QCOMPARE(ask(QStringLiteral("PRAGMA max_page_count = %1").arg(pages + 4)).toInt(), pages + 4);

    qint64 lastSeq = first.event.seq;
    NewMessage refused;
    for (int i = 0; i < 100 && refused.text.isEmpty(); ++i) {
        if (i == 0)
            QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("\\(code 13\\)")));
        const NewMessage message = newMessage(m_room, m_ann, text);
        const auto appended = store().append(message);
        if (appended) {
            lastSeq = appended->event.seq;
            continue;
        }
        QCOMPARE(int(appended.error().code), int(ErrorCode::StorageFull));
        refused = message;
    }
    QVERIFY(!refused.text.isEmpty());
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 200}));
    QCOMPARE(page.lastSeq, lastSeq);
    QCOMPARE(qint64(page.events.size()), lastSeq);
    QVERIFY(store().findUser(m_ann.id, {}).ok());

    ask(QStringLiteral("PRAGMA max_page_count = 1073741823"));
    VALUE_OR_FAIL(resent, store().append(refused));
    QVERIFY(!resent.duplicate);
    QCOMPARE(resent.event.seq, lastSeq + 1);
}

void TestStoreSqlite::pageIsARangeOfThePrimaryKey_data()
{
    QTest::addColumn<QString>("sql");
    QTest::newRow("older") << QString::fromLatin1(events::olderSql);
    QTest::newRow("newer") << QString::fromLatin1(events::newerSql);
}

void TestStoreSqlite::pageIsARangeOfThePrimaryKey()
{
    QFETCH(QString, sql);
    open();
    makeRoom();
    QStringList plan;
    const auto asked = await<Nothing>([&](QObject *context, Done<Nothing> done) {
        m_store->runOnWriter(
            [&](Connection &connection) -> Result<Nothing> {
                QSqlQuery query(static_cast<SqliteConnection &>(connection).database());
                query.prepare(QStringLiteral("EXPLAIN QUERY PLAN ") + sql);
                for (int i = 0; i < 3; ++i)
                    query.bindValue(i, 1);
                query.exec();
                while (query.next())
                    plan.append(query.value(3).toString());
                return Nothing();
            },
            context, std::move(done));
    });
    QVERIFY(asked.ok());
    const QString text = plan.join(u'\n');
    QVERIFY2(
        !plan.isEmpty() && plan.first().contains(QLatin1String("SEARCH e USING PRIMARY KEY (room=? AND seq")),
        qPrintable(text));
    QVERIFY2(!text.contains(QLatin1String("SCAN")), qPrintable(text));
    QVERIFY2(!text.contains(QLatin1String("TEMP B-TREE")), qPrintable(text));
}

QTEST_GUILESS_MAIN(TestStoreSqlite)
#include "tst_store_sqlite.moc"
