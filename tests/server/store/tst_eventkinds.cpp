// SPDX-License-Identifier: GPL-3.0-or-later
// What stands in the rows of the log on SQLite: a database of version 0.1.0, the count of what is no message, and what is
// left of what was deleted.

#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/sqlitemigrator.h"
#include "server/store/sqlite/sqlitestore.h"
#include "server/store/sqlite/sqlscript.h"
#include "tests/server/store/plaindatabase.h"
#include "tests/server/store/storetest.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRandomGenerator>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QVariant>

#include <algorithm>
#include <csignal>

using namespace storetest;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype markSize = 12;

QString fixturePath()
{
    return qEnvironmentVariable("ROOKERY_TEST_SOURCE_DIR")
        + QStringLiteral("/tests/server/store/fixtures/made-by-0.1.0.sql");
}

/// Makes the database that 0.1.0 left behind.
bool makeOld(const QString &path)
{
    QFile file(fixturePath());
    if (!file.open(QIODevice::ReadOnly))
        return false;
    const QString name = addPlainDatabase(path);
    bool made = true;
    {
        QSqlQuery query(QSqlDatabase::database(name));
        made = query.exec(QStringLiteral("PRAGMA journal_mode = WAL"));
        query.finish();
        for (const QString &statement : splitStatements(QString::fromUtf8(file.readAll())))
            made = made && query.exec(statement);
    }
    QSqlDatabase::removeDatabase(name);
    return made && QFile::setPermissions(path, QFileDevice::ReadOwner | QFileDevice::WriteOwner);
}

QVariant ask(const QString &path, const QString &sql)
{
    const QString name = addPlainDatabase(path);
    QVariant value;
    {
        QSqlQuery query(QSqlDatabase::database(name));
        if (query.exec(sql) && query.next())
            value = query.value(0);
    }
    QSqlDatabase::removeDatabase(name);
    return value;
}

Result<QList<SchemaStep>> shippedSteps()
{
    return readSchemaSteps(QStringLiteral(":/rookery/sql/sqlite"));
}

/// Dies where the step of this version is about to be committed; beyond the last: after all of them.
int migrateOldAndDie(const QString &path, int version)
{
    auto connection = sqlite::connect(path, sqlite::Access::Write);
    auto all = shippedSteps();
    if (!connection || !all)
        return 2;
    SqliteMigrator migrator(**connection, *all);
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

class TestEventKinds : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void oldDatabaseGoesOn_data();
    void oldDatabaseGoesOn();
    void othersAreCounted();
    void deletedBytesAreGone_data();
    void deletedBytesAreGone();
    void killedBeforeTheLogWasEmptied();

private:
    QString path() const { return m_folder->filePath(QStringLiteral("rookery.db")); }
    Waiting store() { return Waiting(m_store.get()); }
    void open();
    /// Where in the files any of these marks stand: `<`, and what makes up markSize.
    QStringList filesWith(const QStringList &marks) const;

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<SqliteStore> m_store;
};

void TestEventKinds::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestEventKinds::cleanup()
{
    m_store.reset();
}

void TestEventKinds::open()
{
    SqliteOptions options;
    options.path = path();
    VALUE_OR_FAIL(opened, SqliteStore::open(options));
    m_store = std::move(opened);
}

QStringList TestEventKinds::filesWith(const QStringList &marks) const
{
    QSet<QByteArray> wanted;
    for (const QString &mark : marks)
        wanted.insert(mark.toUtf8());
    QStringList found;
    for (const QString &suffix : {QString(), QStringLiteral("-wal"), QStringLiteral("-shm")}) {
        QFile file(path() + suffix);
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const QByteArray bytes = file.readAll();
        for (qsizetype at = bytes.indexOf('<'); at >= 0; at = bytes.indexOf('<', at + 1)) {
            const QByteArray mark = bytes.mid(at, markSize);
            if (wanted.contains(mark))
                found.append(QStringLiteral("%1 at %2%3").arg(QString::fromUtf8(mark), suffix).arg(at));
        }
    }
    return found;
}

void TestEventKinds::oldDatabaseGoesOn_data()
{
    QTest::addColumn<int>("version");
    QTest::newRow("undisturbed") << 0;
    // 0.1.0 had the steps up to 3.
    const auto all = shippedSteps();
    for (int version = 4; all && version <= all->size() + 1; ++version)
        QTest::addRow("killed in step %d", version) << version;
}

void TestEventKinds::oldDatabaseGoesOn()
{
    QFETCH(int, version);
    QVERIFY(makeOld(path()));
    QCOMPARE(ask(path(), QStringLiteral("SELECT max(version) FROM schema_version")).toInt(), 3);
    const QString before = ask(path(),
        QStringLiteral("SELECT group_concat(seq || hex(id) || text, ' ') FROM "
                       "(SELECT * FROM events ORDER BY room, seq)"))
                               .toString();
    const QString epoch =
        ask(path(), QStringLiteral("SELECT value FROM meta WHERE key = 'epoch'")).toString();
    if (version > 0) {
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(),
            {QStringLiteral("--migrate-and-die"), path(), QString::number(version)});
        QVERIFY(child.waitForFinished());
        QCOMPARE(child.exitStatus(), QProcess::CrashExit);
        QCOMPARE(ask(path(), QStringLiteral("SELECT max(version) FROM schema_version")).toInt(), version - 1);
    }
    open();
    QCOMPARE(ask(path(), QStringLiteral("SELECT max(version) FROM schema_version")).toInt(),
        int(shippedSteps()->size()));
    QCOMPARE(ask(path(),
                 QStringLiteral("SELECT group_concat(seq || hex(id) || text, ' ') FROM "
                                "(SELECT * FROM events ORDER BY room, seq)"))
                 .toString(),
        before);
    QCOMPARE(ask(path(), QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
    QVERIFY(!ask(path(), QStringLiteral("PRAGMA foreign_key_check")).isValid());

    VALUE_OR_FAIL(ann, store().findUser({}, QStringLiteral("ann")));
    VALUE_OR_FAIL(bob, store().findUser({}, QStringLiteral("bob")));
    VALUE_OR_FAIL(tea, store().findRoom({}, QStringLiteral("tea"), bob.id));
    QCOMPARE(tea.epoch, epoch);
    QCOMPARE(tea.lastSeq, qint64(14));
    // Rooms belong to who made them, the lobby and direct rooms to nobody.
    QCOMPARE(
        ask(path(),
            QStringLiteral("SELECT group_concat(r.name || u.name, ' ') FROM members m JOIN rooms r ON r.id = "
                           "m.room JOIN users u ON u.id = m.user WHERE m.role <> 1 ORDER BY r.id"))
            .toString(),
        QStringLiteral("teabob Dencid"));
    QCOMPARE(tea.role, Role::Owner);
    VALUE_OR_FAIL(direct, store().findDirectRoom(ann, bob));
    QCOMPARE(direct.role, Role::Member);
    QCOMPARE(direct.lastSeq, qint64(2));
    VALUE_OR_FAIL(lobby, store().findRoom({}, QStringLiteral("lobby"), ann.id));
    QCOMPARE(lobby.role, Role::Member);

    VALUE_OR_FAIL(page, store().page({tea.id, {}, 0, 100}));
    QCOMPARE(page.events.size(), 14);
    QCOMPARE(page.events[0].content, EventContent(Posted{QStringLiteral("tea, message 1")}));
    QCOMPARE(page.events[12].text(),
        QStringLiteral("it's; a \"text\" -- with 'quotes'\nand two lines \U0001f985"));
    QVERIFY(page.events[13].sender.guest);
    // How far somebody has read is not known before they say so; a message of one's own says so, too.
    VALUE_OR_FAIL(rooms, store().roomsPage({bob.id, {}, 100}));
    QVERIFY(rooms.marks.isEmpty());
    VALUE_OR_FAIL(marked, store().markRead(tea, bob, 12));
    QVERIFY(marked.changed);
    const qint64 read = marked.event.as<ReadMarked>()->readSeq;
    QVERIFY(read >= 12);
    for (const RoomEvent &event : std::as_const(page.events))
        QVERIFY(event.sender.id != bob.id || event.seq <= read);
    VALUE_OR_FAIL(marks, store().roomsPage({bob.id, {}, 100}));
    QCOMPARE(marks.marks.value(tea.id), (ReadMark{read, 14 - read}));
    // A message that 0.1.0 acknowledged is not stored twice, and can be edited and deleted.
    VALUE_OR_FAIL(again,
        store().append(
            {tea.id, ann, QStringLiteral("0197fd6c-abcd-7000-8000-00000000abcd"), page.events[12].text()}));
    QVERIFY(again.duplicate);
    VALUE_OR_FAIL(edit, store().changeMessage(newChange(tea, 1, ann, QStringLiteral("better"))));
    QCOMPARE(edit.event.seq, qint64(15));
    QVERIFY(store().changeMessage(newChange(tea, 2, bob)).ok());
    QVERIFY(store().append(newMessage(direct, ann, QStringLiteral("on and on"))).ok());
    VALUE_OR_FAIL(after, store().page({tea.id, {}, 0, 100}));
    QCOMPARE(after.events.size(), 16);
    QCOMPARE(after.events[0].text(), QStringLiteral("better"));
}

void TestEventKinds::othersAreCounted()
{
    open();
    QList<Room> rooms;
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    for (const auto &name : {QStringLiteral("Tea"), QStringLiteral("Milk")}) {
        VALUE_OR_FAIL(room, store().createRoom(newRoom(name, RoomKind::Public, ann.id)));
        rooms.append(room);
    }
    QObject context;
    int answered = 0;
    const auto count = [&answered](const auto &) { ++answered; };
    const quint32 seed = QRandomGenerator::global()->generate();
    QRandomGenerator random(seed);
    constexpr int calls = 1500;
    bool isMember = false;
    for (int i = 0; i < calls; ++i) {
        const Room &room = rooms[qsizetype(random.bounded(2))];
        const auto target = qint64(random.bounded(200));
        switch (random.bounded(8)) {
        case 0:
            m_store->changeMessage(newChange(room, target, ann, QString::number(i)), &context, count);
            break;
        case 1:
            m_store->changeMessage(newChange(room, target, ann), &context, count);
            break;
        case 2:
            isMember = !isMember;
            m_store->setMember(room.id, bob.id, isMember, &context, count);
            break;
        case 3:
            m_store->changeRoom({room.id, ann, newId(), {}, QString::number(i % 3), {}}, &context, count);
            break;
        case 4: // refused after it has been carried out: nothing of it may be counted
            m_store->runOnWriter(
                [room](Connection &connection) -> Result<Nothing> {
                    connection.execute(QStringLiteral("UPDATE events SET others = 999 WHERE seq % 3 = 0"));
                    return Error{ErrorCode::Forbidden, QStringLiteral("after all")};
                },
                &context, count);
            break;
        default:
            m_store->append(newMessage(room, ann, QString::number(i)), &context, count);
            break;
        }
        if (i % 500 == 250) {
            QTRY_COMPARE(answered, i + 1);
            m_store.reset();
            open();
        }
    }
    QTRY_COMPARE(answered, calls);
    // Counted by the plainest of means.
    const QString wrong =
        QStringLiteral("SELECT count(*) FROM events e WHERE e.others <> (SELECT count(*) FROM events o "
                       "WHERE o.room = e.room AND o.seq <= e.seq AND o.kind <> 0)");
    QVERIFY2(ask(path(), wrong).toInt() == 0, qPrintable(QString::number(seed)));
    QVERIFY(ask(path(), QStringLiteral("SELECT count(*) FROM events WHERE kind = 0")).toInt() > 100);
    QVERIFY(ask(path(), QStringLiteral("SELECT count(DISTINCT kind) FROM events")).toInt() == 5);
    QCOMPARE(ask(path(),
                 QStringLiteral("SELECT count(*) FROM (SELECT 1 FROM events GROUP BY room HAVING "
                                "count(*) <> max(seq))"))
                 .toInt(),
        0);
}

void TestEventKinds::deletedBytesAreGone_data()
{
    QTest::addColumn<bool>("reader");
    QTest::addColumn<int>("rooms");
    QTest::addColumn<int>("messages"); // of which two thirds are deleted
    QTest::addColumn<int>("edits"); // of half of those that are deleted
    QTest::addColumn<int>("longest"); // text
    QTest::newRow("nobody reads") << false << 5 << 900 << 1 << 9000;
    QTest::newRow("a reader holds on to the old state") << true << 5 << 900 << 1 << 9000;
    QTest::newRow("many rooms") << false << 60 << 2400 << 1 << 600;
    QTest::newRow("edits that grow and shrink") << false << 12 << 900 << 4 << 1500;
    QTest::newRow("long texts") << false << 4 << 300 << 1 << 16'000;
    QTest::newRow("5000 deletions") << false << 25 << 7500 << 0 << 400;
}

/// THREATS 47.
void TestEventKinds::deletedBytesAreGone()
{
    QFETCH(bool, reader);
    QFETCH(int, rooms);
    QFETCH(int, messages);
    QFETCH(int, edits);
    QFETCH(int, longest);
    open();
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    QList<Room> made;
    for (int i = 0; i < rooms; ++i) {
        VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("room %1").arg(i))));
        made.append(room);
    }
    // Texts of every size, those that overflow a page included, so that pages are split, filled and freed.
    QRandomGenerator random(4711);
    QObject context;
    int answered = 0;
    const auto count = [&answered](const auto &result) { answered += result.ok() ? 1 : 0; };
    QStringList erased;
    const auto marked = [&random, longest](const QString &what, int i) {
        const auto size = random.bounded(random.bounded(10) == 0 ? quint32(longest) : 300U);
        return QStringLiteral("<%1 %2>").arg(what).arg(i, 5, 10, QLatin1Char('0'))
            + QString(qsizetype(size), u'x');
    };
    QStringList kept;
    for (int i = 0; i < messages; ++i) {
        const QString text = marked(QStringLiteral("sent"), i);
        (i % 3 == 2 ? kept : erased).append(text.left(markSize));
        m_store->append(newMessage(made[i % rooms], ann, text), &context, count);
    }
    QTRY_COMPARE_WITH_TIMEOUT(answered, messages, 20'000);
    QVERIFY(!filesWith(erased.first(20)).isEmpty());
    std::unique_ptr<Connection> other;
    std::unique_ptr<Transaction> reading;
    if (reader) {
        VALUE_OR_FAIL(connection, sqlite::connect(path(), sqlite::Access::Read));
        other = std::move(connection);
        reading = std::make_unique<Transaction>(*other, TransactionKind::Read);
        QCOMPARE(other->value(QStringLiteral("SELECT count(*) FROM events")).toInt(), messages);
    }
    // A third is edited and then deleted, another third deleted, in no order.
    QList<int> order;
    for (int i = 0; i < messages; ++i)
        order.append(i);
    std::shuffle(order.begin(), order.end(), random);
    int calls = messages;
    for (int edit = 0; edit < edits; ++edit) {
        for (const int i : std::as_const(order)) {
            if (i % 3 != 0)
                continue;
            const QString text = marked(QStringLiteral("edi%1").arg(edit), i);
            erased.append(text.left(markSize));
            m_store->changeMessage(newChange(made[i % rooms], i / rooms + 1, ann, text), &context, count);
            ++calls;
        }
    }
    for (const int i : std::as_const(order)) {
        if (i % 3 == 2)
            continue;
        m_store->changeMessage(newChange(made[i % rooms], i / rooms + 1, ann), &context, count);
        ++calls;
    }
    QTRY_COMPARE_WITH_TIMEOUT(answered, calls, 60'000);
    if (reader) {
        // The writer goes on beside whoever reads, and is not held up for long.
        for (int i = 0; i < 20; ++i) {
            QElapsedTimer timer;
            timer.start();
            VALUE_OR_FAIL(appended, store().append(newMessage(made[0], ann, QStringLiteral("meanwhile"))));
            QVERIFY(timer.elapsed() < 4000);
        }
        QVERIFY(!filesWith(erased).isEmpty());
        reading.reset();
        other.reset();
    }
    QTRY_VERIFY2_WITH_TIMEOUT(filesWith(erased).isEmpty(), qPrintable(filesWith(erased).join(u'\n')), 30'000);
    QVERIFY(filesWith(kept).size() >= kept.size());
    // Nor does a page come back from the writer's memory as it was before.
    for (int i = 0; i < 500; ++i)
        m_store->append(newMessage(made[i % rooms], ann, marked(QStringLiteral("late"), i)), &context, count);
    QTRY_COMPARE_WITH_TIMEOUT(answered, calls + 500, 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(filesWith(erased), QStringList(), 10'000);
    m_store.reset();
    QCOMPARE(filesWith(erased), QStringList());
    QCOMPARE(filesWith(kept).size(), kept.size());
    QCOMPARE(ask(path(), QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
}

void TestEventKinds::killedBeforeTheLogWasEmptied()
{
    // As a process leaves it that was killed right after the deletion.
    QTemporaryDir copies;
    open();
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"))));
    const QString secret = QStringLiteral("<taken back>");
    QVERIFY(store().append(newMessage(room, ann, secret)).ok());
    VALUE_OR_FAIL(connection, sqlite::connect(path(), sqlite::Access::Read));
    auto reading = std::make_unique<Transaction>(*connection, TransactionKind::Read);
    QCOMPARE(connection->value(QStringLiteral("SELECT count(*) FROM events")).toInt(), 1);
    QVERIFY(store().changeMessage(newChange(room, 1, ann)).ok());
    for (const QString &suffix : {QString(), QStringLiteral("-wal")})
        QVERIFY(QFile::copy(path() + suffix, copies.filePath(QStringLiteral("rookery.db")) + suffix));
    reading.reset();
    connection.reset();
    m_store.reset();
    for (const QString &suffix : {QString(), QStringLiteral("-wal"), QStringLiteral("-shm")})
        QFile::remove(path() + suffix);
    for (const QString &suffix : {QString(), QStringLiteral("-wal")})
        QVERIFY(QFile::copy(copies.filePath(QStringLiteral("rookery.db")) + suffix, path() + suffix));
    QVERIFY(!filesWith({secret}).isEmpty());
    open();
    VALUE_OR_FAIL(page, store().page({room.id, {}, {}, 50}));
    QCOMPARE(page.events.size(), 2);
    QTRY_VERIFY_WITH_TIMEOUT(filesWith({secret}).isEmpty(), 20'000);
}

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1String("--migrate-and-die")) {
        Q_INIT_RESOURCE(rookery_sql);
        return migrateOldAndDie(arguments.value(2), arguments.value(3).toInt());
    }
    Q_INIT_RESOURCE(rookery_sql);
    TestEventKinds test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_eventkinds.moc"
