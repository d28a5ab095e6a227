// SPDX-License-Identifier: GPL-3.0-or-later
// What comes out of a migration from SQLite to PostgreSQL.

#include "server/store/transfer/tables.h"
#include "server/store/transfer/target.h"
#include "tests/server/ctl/transferplace.h"

#include <QThread>

#include <atomic>
#include <set>

using namespace transferplace;
using population::answersOf;
using population::Population;

namespace {

constexpr int messages = 120;

const QString schemaOf = QStringLiteral(R"(
SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(collation_name, '')
  || coalesce(column_default, '') || is_identity AS line
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat(conrelid::regclass, ' ', conname, ' ', pg_get_constraintdef(oid), convalidated)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT concat(tgrelid::regclass, ' ', pg_get_triggerdef(oid), tgenabled)
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT concat(tgrelid::regclass, ' ', tgenabled, tgfoid::regproc, count(*))
  FROM pg_trigger WHERE tgisinternal GROUP BY tgrelid, tgenabled, tgfoid
UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
ORDER BY 1)");

} // namespace

class TestTransfer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void everyColumnIsCopied();
    void answersAreTheSame();
    void schemaIsAsAfterAStart();
    void logGoesOnWhereItWas();
    void replacesNul();
    void refusesWhatCannotBeStored_data();
    void refusesWhatCannotBeStored();
    void refusesTargets();
    void refusesSources();
    void findsPlantedDifferences_data();
    void findsPlantedDifferences();
    void followsAWriter();

private:
    /// Fills the SQLite database; nothing has it open afterwards.
    void fill();

    Place m_place;
    Population m_all;
    QStringList m_before; ///< what SQLite answered
};

void TestTransfer::init()
{
    QVERIFY2(m_place.make(), qPrintable(m_place.server.why()));
    m_all = {};
}

void TestTransfer::fill()
{
    const auto store = m_place.openSqlite();
    QVERIFY(store);
    population::populate(Waiting(store.get()), messages, m_all);
    if (QTest::currentTestFailed())
        return;
    m_before = answersOf(Waiting(store.get()), m_all);
}

/// A later schema step must not be forgotten.
void TestTransfer::everyColumnIsCopied()
{
    QVERIFY(m_place.openSqlite());
    QVERIFY(m_place.openPostgres());
    std::set<QString> copied;
    for (const store::transfer::Table &table : store::transfer::tables()) {
        for (const store::transfer::Column &column : table.columns)
            copied.insert(QLatin1String(table.name) + u'.' + QLatin1String(column.name));
    }
    std::set<QString> inSqlite;
    const QString name = addPlainDatabase(m_place.path());
    {
        QSqlQuery query(QSqlDatabase::database(name));
        QVERIFY(query.exec(QStringLiteral("SELECT m.name || '.' || c.name FROM sqlite_master m "
                                          "JOIN pragma_table_info(m.name) c WHERE m.type = 'table' "
                                          "AND m.name <> 'schema_version'")));
        while (query.next())
            inSqlite.insert(query.value(0).toString());
    }
    QSqlDatabase::removeDatabase(name);
    QVERIFY(copied == inSqlite);
    const QStringList inPostgres =
        m_place
            .ask(QStringLiteral(
                "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE "
                "table_schema = 'public' AND table_name NOT IN ('schema_version', 'room_heads')"))
            .split(u'\n');
    QVERIFY(copied == std::set<QString>(inPostgres.begin(), inPostgres.end()));
}

void TestTransfer::answersAreTheSame()
{
    fill();
    VALUE_OR_FAIL(report, store::transfer::migrate(m_place.options()));
    QCOMPARE(report.outcome, Outcome::Same);
    QCOMPARE(report.tables.size(), qsizetype(store::transfer::tables().size()));
    for (const auto &table : std::as_const(report.tables)) {
        QCOMPARE(table.sourceRows, table.targetRows);
        QCOMPARE(table.sourceHash, table.targetHash);
        QVERIFY2(table.sourceRows > 0, qPrintable(table.table)); // the population has something of everything
    }
    {
        const auto store = m_place.openPostgres();
        QVERIFY(store);
        QVERIFY(areSame(m_before, answersOf(Waiting(store.get()), m_all)));
    }
    // The source was left as it was.
    const auto store = m_place.openSqlite();
    QVERIFY(store);
    QVERIFY(areSame(m_before, answersOf(Waiting(store.get()), m_all)));
}

void TestTransfer::schemaIsAsAfterAStart()
{
    fill();
    QVERIFY(m_place.openPostgres());
    const QString expected = m_place.ask(schemaOf);
    QVERIFY2(expected.contains(QLatin1String("events_once")), qPrintable(expected));
    QVERIFY(m_place.makeDatabase());
    VALUE_OR_FAIL(report, store::transfer::migrate(m_place.options()));
    QCOMPARE(report.outcome, Outcome::Same);
    QVERIFY(areSame(m_place.ask(schemaOf).split(u'\n'), expected.split(u'\n')));
}

void TestTransfer::logGoesOnWhereItWas()
{
    fill();
    VALUE_OR_FAIL(report, store::transfer::migrate(m_place.options()));
    QCOMPARE(report.outcome, Outcome::Same);
    const auto opened = m_place.openPostgres();
    QVERIFY(opened);
    Waiting store(opened.get());

    for (const NewMessage &message : std::as_const(m_all.messages)) {
        VALUE_OR_FAIL(again, store.append(message));
        QVERIFY(again.duplicate);
        QCOMPARE(again.event.clientId, message.clientId);
    }
    NewMessage other = m_all.messages.last();
    other.text += u'!';
    REFUSED(store.append(other), ErrorCode::ClientIdReused);
    for (const Room &room : std::as_const(m_all.rooms)) {
        VALUE_OR_FAIL(heads, store.heads({room.id}));
        VALUE_OR_FAIL(next, store.append(newMessage(room, m_all.users[0], QStringLiteral("next"))));
        QCOMPARE(next.event.seq, heads.value(room.id) + 1);
        VALUE_OR_FAIL(page, store.page({room.id, std::nullopt, heads.value(room.id)}));
        QCOMPARE(page.events.size(), 1);
    }
    // New rows get keys of their own.
    VALUE_OR_FAIL(user, store.createUser(newUser(QStringLiteral("newcomer"))));
    VALUE_OR_FAIL(room, store.createRoom(newRoom(QStringLiteral("new room"), RoomKind::Public, user.id)));
    VALUE_OR_FAIL(invited, store.invite(room, user, m_all.users[3]));
    QVERIFY(invited.created);
    REFUSED(store.createUser(newUser(QStringLiteral("ANN"))), ErrorCode::NameTaken);
    // The triggers count again.
    QVERIFY(store.joinRoom(room.id, m_all.users[1].id).ok());
    VALUE_OR_FAIL(members, store.membersPage({room.id, {}, 100}));
    QCOMPARE(members.count, 2);
}

void TestTransfer::replacesNul()
{
    fill();
    const QString id = m_all.messages[0].clientId.toLower().remove(u'-');
    QCOMPARE(m_place.execute(QStringLiteral("UPDATE events SET text = CAST(x'610062' AS TEXT) "
                                            "WHERE client_id = x'%1'")
                                 .arg(id)),
        QString());
    VALUE_OR_FAIL(report, store::transfer::migrate(m_place.options()));
    QCOMPARE(report.outcome, Outcome::Same);
    QCOMPARE(report.replaced, 1);
    QCOMPARE(m_place.ask(QStringLiteral("SELECT text FROM events WHERE client_id = '%1'").arg(id)),
        QStringLiteral("a\ufffdb"));
}

void TestTransfer::refusesWhatCannotBeStored_data()
{
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("said");
    QTest::newRow("NUL in a name")
        << QStringLiteral("UPDATE users SET name = CAST(x'6100' AS TEXT) WHERE id = 2")
        << QStringLiteral("In the table users, in the row with id 2, the column name has a NUL");
    QTest::newRow("no UTF-8")
        << QStringLiteral("UPDATE events SET text = CAST(x'61ff' AS TEXT) WHERE room = 1 AND seq = 4")
        << QStringLiteral("In the table events, in the row with room 1, seq 4, the column text is no UTF-8");
    QTest::newRow("half a surrogate pair")
        << QStringLiteral("UPDATE rooms SET topic = CAST(x'eda080' AS TEXT) WHERE id = 1")
        << QStringLiteral("In the table rooms, in the row with id 1, the column topic is no UTF-8");
    QTest::newRow("a short UUID")
        << QStringLiteral("UPDATE users SET public_id = x'00' WHERE id = 3")
        << QStringLiteral("In the table users, in the row with id 3, the column public_id is no UUID");
    QTest::newRow("a text for a number")
        << QStringLiteral("UPDATE members SET since = 'x' WHERE room = 1 AND user = 2")
        << QStringLiteral(
               "In the table members, in the row with room 1, user 2, the column since is no number");
}

void TestTransfer::refusesWhatCannotBeStored()
{
    QFETCH(QString, change);
    QFETCH(QString, said);
    fill();
    QCOMPARE(m_place.execute(change), QString());
    const auto refused = store::transfer::migrate(m_place.options());
    QVERIFY(!refused.ok());
    QVERIFY2(refused.error().detail.contains(said), qPrintable(refused.error().detail));
    QVERIFY(!m_place.openPostgres());
}

void TestTransfer::refusesTargets()
{
    fill();
    const auto isRefused = [&](const QString &because) {
        const auto refused = store::transfer::migrate(m_place.options());
        if (!refused.ok() && refused.error().detail.contains(because))
            return true;
        qWarning("%s", refused.ok() ? "not refused" : qPrintable(refused.error().detail));
        return false;
    };
    const QString notEmpty = QStringLiteral("is not empty");
    m_place.ask(QStringLiteral("CREATE TABLE other (x int)"));
    QVERIFY(isRefused(notEmpty));
    QCOMPARE(m_place.ask(
                 QStringLiteral("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")),
        QStringLiteral("1"));
    QVERIFY(m_place.makeDatabase());
    {
        const auto used = m_place.openPostgres();
        QVERIFY(used);
        QVERIFY(isRefused(notEmpty));
    }
    // Nor one that another rookeryctl is copying into.
    QVERIFY(m_place.makeDatabase());
    {
        const auto other = store::transfer::Target::open(m_place.options().conninfo, {});
        QVERIFY(other.ok());
        QVERIFY(isRefused(QStringLiteral("Another rookeryctl is copying")));
    }
    QVERIFY(m_place.makeDatabase());
    QVERIFY(m_place.openPostgres());
    QVERIFY(isRefused(notEmpty));
    // A migration that is complete is not begun again.
    QVERIFY(m_place.makeDatabase());
    QVERIFY(store::transfer::migrate(m_place.options()).ok());
    QVERIFY(isRefused(notEmpty));
    // One of another source that was begun is not gone on with.
    QVERIFY(m_place.makeDatabase());
    auto options = m_place.options();
    options.stopped = [] { return true; };
    VALUE_OR_FAIL(stopped, store::transfer::migrate(options));
    QCOMPARE(stopped.outcome, Outcome::Stopped);
    QTemporaryDir elsewhere;
    options = m_place.options();
    options.path = elsewhere.filePath(QStringLiteral("rookery.db"));
    for (const char *file : {"rookery.db", "rookery.last-event"})
        QVERIFY(QFile::copy(QFileInfo(m_place.path()).dir().filePath(QLatin1String(file)),
            elsewhere.filePath(QLatin1String(file))));
    QVERIFY(QFile::remove(elsewhere.filePath(QStringLiteral("rookery.last-event"))));
    QVERIFY(!store::transfer::migrate(options).ok()); // not as its daemon left it
    {
        SqliteOptions own;
        own.path = options.path;
        QVERIFY(SqliteStore::open(own).ok());
    }
    const auto refused = store::transfer::migrate(options);
    QVERIFY(!refused.ok());
    QVERIFY2(refused.error().detail.contains(QLatin1String("a migration of another SQLite database")),
        qPrintable(refused.error().detail));
    // Nor is it opened by the daemon.
    QVERIFY(!m_place.openPostgres());
    QVERIFY(!store::transfer::verify(m_place.options()).ok());
    VALUE_OR_FAIL(report, store::transfer::migrate(m_place.options()));
    QCOMPARE(report.outcome, Outcome::Same);
    QVERIFY(m_place.openPostgres());
}

void TestTransfer::refusesSources()
{
    const auto isRefused = [&](const QString &because) {
        const auto refused = store::transfer::migrate(m_place.options());
        if (!refused.ok() && refused.error().detail.contains(because))
            return true;
        qWarning("%s", refused.ok() ? "not refused" : qPrintable(refused.error().detail));
        return false;
    };
    QVERIFY(isRefused(QStringLiteral("There is no database")));
    QVERIFY(!QFile::exists(m_place.path()));
    QFile file(m_place.path());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no database at all, but more than a few bytes of text, so that it could be one");
    file.close();
    QVERIFY(isRefused(QStringLiteral("cannot be read")));
    QVERIFY(file.remove());
    fill();
    QCOMPARE(m_place.execute(QStringLiteral("DELETE FROM schema_version WHERE version = 12")), QString());
    QVERIFY(isRefused(QStringLiteral("Start the rookeryd of this version on it once")));
    QCOMPARE(m_place.execute(QStringLiteral("INSERT INTO schema_version VALUES (12, 'x', 1), (999, 'y', 1)")),
        QString());
    QVERIFY(isRefused(QStringLiteral("use the rookeryctl of the rookeryd that wrote it")));
    QCOMPARE(m_place.ask(
                 QStringLiteral("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")),
        QStringLiteral("0"));
}

void TestTransfer::findsPlantedDifferences_data()
{
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("table");
    QTest::newRow("another text") << QStringLiteral(
        "UPDATE events SET text = text || '.' WHERE room = 1 AND seq = 7")
                                  << QStringLiteral("events");
    QTest::newRow("a row too few") << QStringLiteral(
        "DELETE FROM message_versions WHERE (room, seq, version_seq) IN "
        "(SELECT room, seq, version_seq FROM message_versions LIMIT 1)")
                                   << QStringLiteral("message_versions");
    QTest::newRow("a row too many") << QStringLiteral("INSERT INTO blocked_users VALUES (4, 1, 1)")
                                    << QStringLiteral("blocked_users");
    QTest::newRow("NULL for a number")
        << QStringLiteral("UPDATE members SET read_seq = NULL WHERE read_seq = 7")
        << QStringLiteral("members");
    QTest::newRow("an epoch") << QStringLiteral("UPDATE meta SET value = 'x' WHERE key = 'epoch'")
                              << QStringLiteral("meta");
}

void TestTransfer::findsPlantedDifferences()
{
    QFETCH(QString, change);
    QFETCH(QString, table);
    fill();
    QVERIFY(store::transfer::migrate(m_place.options()).ok());
    VALUE_OR_FAIL(same, store::transfer::verify(m_place.options()));
    QCOMPARE(same.outcome, Outcome::Same);
    QVERIFY(!m_place.ask(change).contains(QLatin1String("ERROR")));
    VALUE_OR_FAIL(report, store::transfer::verify(m_place.options()));
    QCOMPARE(report.outcome, Outcome::Different);
    for (const auto &found : std::as_const(report.tables)) {
        QCOMPARE(!found.differences.isEmpty(), found.table == table);
        QCOMPARE(found.sourceHash != found.targetHash, found.table == table);
    }
}

void TestTransfer::followsAWriter()
{
    fill();
    auto store = m_place.openSqlite();
    QVERIFY(store);
    std::atomic_bool waits = false;
    std::atomic_bool paused = false;
    std::optional<Result<Report>> report;
    auto options = m_place.options();
    options.paused = [&] { return paused.load(); };
    options.wait = [&] { waits = true; };
    const std::unique_ptr<QThread> copier(
        QThread::create([&] { report = store::transfer::migrate(options); }));
    copier->start();
    // Writes from before the copy begins until after it waits, of every kind.
    int number = messages;
    Waiting waiting(store.get());
    for (int left = 20; left > 0; left -= waits ? 1 : 0) {
        population::goOn(waiting, m_all, number++);
        if (QTest::currentTestFailed() || copier->isFinished())
            break;
        if (number % 7 == 0) {
            VALUE_OR_FAIL(guest, waiting.createUser(newUser(QStringLiteral("late-%1").arg(number))));
            m_all.users.append(guest);
            m_all.skeletons.append(guest.name);
            QVERIFY(waiting.joinRoom(m_all.rooms[0].id, guest.id).ok());
            if (m_all.users.size() % 2 == 0)
                QVERIFY(waiting.setMember(m_all.rooms[0].id, guest.id, false).ok());
            QVERIFY(waiting.markRead(m_all.rooms[0], m_all.users[2], number / 5).ok());
            QVERIFY(waiting.setBlocked(m_all.users[3], guest, true).ok());
            QVERIFY(waiting.setBlocked(m_all.users[2], m_all.users[3], number % 2 == 0).ok());
        }
    }
    m_before = answersOf(waiting, m_all);
    store.reset();
    paused = true;
    QVERIFY(copier->wait(60'000));
    VALUE_OR_FAIL(done, *std::move(report));
    QCOMPARE(done.outcome, Outcome::Same);
    const auto copied = m_place.openPostgres();
    QVERIFY(copied);
    QVERIFY(areSame(m_before, answersOf(Waiting(copied.get()), m_all)));
}

QTEST_GUILESS_MAIN(TestTransfer)
#include "tst_transfer.moc"
