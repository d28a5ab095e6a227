// SPDX-License-Identifier: GPL-3.0-or-later
// THREATS 37: guests who wrote nothing and have been gone for a day leave no row behind.

#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/sqlitemigrator.h"
#include "server/store/sqlite/sqlitestore.h"
#include "tests/server/store/storetest.h"

#include <QTemporaryDir>
#include <QVariant>

#include <mutex>

using namespace storetest;
using namespace std::chrono_literals;

namespace {

/// Says who is here as the test wants it.
class Here final : public GuestRegister
{
public:
    void set(const QSet<QString> &here)
    {
        const std::scoped_lock lock(m_mutex);
        m_here = here;
    }
    void goes(const QString &id)
    {
        const std::scoped_lock lock(m_mutex);
        m_gone.append(id);
    }
    QStringList takeGone(int /*most*/) override
    {
        const std::scoped_lock lock(m_mutex);
        ++m_rounds;
        return std::exchange(m_gone, {});
    }
    bool letGo(const QString &userId) override
    {
        const std::scoped_lock lock(m_mutex);
        return !m_here.contains(userId);
    }
    int rounds()
    {
        const std::scoped_lock lock(m_mutex);
        return m_rounds;
    }

private:
    std::mutex m_mutex;
    QSet<QString> m_here;
    QStringList m_gone;
    int m_rounds = 0;
};

} // namespace

class TestGuests : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void quietOnesGoAfterADay();
    void whoIsHereStays();
    void whoHasLeftALittleWhileAgoStays();
    void whoLeftSomethingStays();
    void keysAreGivenOutAgainWithoutHarm();
    void manyGoInPortions();
    void olderDatabasesAreLookedThroughOnce();

private:
    QString path() const { return m_folder->filePath(QStringLiteral("rookery.db")); }
    void open();
    Waiting store() { return Waiting(m_store.get()); }
    User newGuest();
    QVariant ask(const QString &sql);
    /// As if a day and an hour had passed.
    void aDayPasses();
    /// Waits for a round of housekeeping from its beginning to its end.
    void awaitRound();
    bool exists(const User &user) { return store().findUser(user.id, {}).ok(); }

    std::unique_ptr<QTemporaryDir> m_folder;
    Here m_here;
    std::unique_ptr<SqliteStore> m_store;
    int m_guests = 0;
};

void TestGuests::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_here.set({});
}

void TestGuests::cleanup()
{
    m_store.reset();
}

void TestGuests::open()
{
    SqliteOptions options;
    options.path = path();
    options.readers = 1;
    options.guests = &m_here;
    options.housekeepingInterval = 10ms;
    VALUE_OR_FAIL(opened, SqliteStore::open(options));
    m_store = std::move(opened);
}

User TestGuests::newGuest()
{
    const QString name = QStringLiteral("guest-%1").arg(++m_guests);
    const auto guest = store().createUser({newId(), name, name, {}, true, {}});
    return guest ? *guest : User();
}

QVariant TestGuests::ask(const QString &sql)
{
    QVariant answer;
    const auto done = await<Nothing>([&](auto *context, auto reply) {
        m_store->runOnWriter(
            [&](Connection &connection) {
                answer = connection.value(sql);
                return Result<Nothing>(Nothing());
            },
            context, reply);
    });
    return done.ok() ? answer : QVariant();
}

void TestGuests::aDayPasses()
{
    ask(QStringLiteral("UPDATE quiet_guests SET seen = seen - 25 * 3600 * 1000"));
}

void TestGuests::awaitRound()
{
    const int before = m_here.rounds();
    QTRY_VERIFY(m_here.rounds() >= before + 2);
    ask(QStringLiteral("SELECT 1")); // the round that had begun is over
}

void TestGuests::quietOnesGoAfterADay()
{
    open();
    const User guest = newGuest();
    awaitRound();
    QVERIFY(exists(guest));
    aDayPasses();
    QTRY_VERIFY(!exists(guest));
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM quiet_guests")).toInt(), 0);
    QCOMPARE(ask(QStringLiteral("PRAGMA foreign_keys")).toInt(), 1);
    QCOMPARE(ask(QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
}

void TestGuests::whoIsHereStays()
{
    open();
    const User guest = newGuest();
    const User other = newGuest();
    m_here.set({guest.id});
    aDayPasses();
    QTRY_VERIFY(!exists(other));
    QVERIFY(exists(guest));
    // Having been here counts: the day begins when they go.
    m_here.set({});
    awaitRound();
    QVERIFY(exists(guest));
    aDayPasses();
    QTRY_VERIFY(!exists(guest));
}

void TestGuests::whoHasLeftALittleWhileAgoStays()
{
    open();
    const User guest = newGuest();
    const User other = newGuest();
    m_here.set({guest.id, other.id});
    aDayPasses();
    awaitRound();
    // They were here for most of a day more, and the store has not looked since.
    ask(QStringLiteral("UPDATE quiet_guests SET seen = seen - 23 * 3600 * 1000"));
    m_here.goes(guest.id);
    m_here.set({});
    awaitRound();
    ask(QStringLiteral("UPDATE quiet_guests SET seen = seen - 2 * 3600 * 1000"));
    QTRY_VERIFY(!exists(other));
    QVERIFY(exists(guest));
}

void TestGuests::whoLeftSomethingStays()
{
    open();
    const User writer = newGuest();
    const User friendly = newGuest();
    const User quiet = newGuest();
    VALUE_OR_FAIL(user, store().createUser(newUser(QStringLiteral("ann"))));
    VALUE_OR_FAIL(room, store().createRoom({QStringLiteral("r"), QStringLiteral("r"), RoomKind::Public, {}}));
    VALUE_OR_FAIL(sent, store().append({room.id, writer, newId(), QStringLiteral("hello")}));
    VALUE_OR_FAIL(direct, store().openDirectRoom(user, friendly));
    aDayPasses();
    QTRY_VERIFY(!exists(quiet));
    awaitRound();
    QVERIFY(exists(writer));
    QVERIFY(exists(friendly));
    QVERIFY(exists(user));
    PageQuery query;
    query.roomId = room.id;
    VALUE_OR_FAIL(page, store().page(query));
    QCOMPARE(page.events.size(), 1);
    QCOMPARE(page.events.constFirst().sender, writer);
    QCOMPARE(direct.room.peers.size(), 2);
    QCOMPARE(ask(QStringLiteral("PRAGMA foreign_key_check")), QVariant());
}

/// The key of a user who is gone may be the next one's; what the writer remembers of it must not be.
void TestGuests::keysAreGivenOutAgainWithoutHarm()
{
    open();
    VALUE_OR_FAIL(room, store().createRoom({QStringLiteral("r"), QStringLiteral("r"), RoomKind::Public, {}}));
    const User guest = newGuest();
    const qint64 key = ask(QStringLiteral("SELECT max(id) FROM users")).toLongLong();
    aDayPasses();
    QTRY_VERIFY(!exists(guest));
    REFUSED(store().append({room.id, guest, newId(), QStringLiteral("too late")}), ErrorCode::NotFound);
    VALUE_OR_FAIL(user, store().createUser(newUser(QStringLiteral("ann"))));
    QCOMPARE(ask(QStringLiteral("SELECT max(id) FROM users")).toLongLong(), key);
    REFUSED(store().append({room.id, guest, newId(), QStringLiteral("too late")}), ErrorCode::NotFound);
    VALUE_OR_FAIL(sent, store().append({room.id, user, newId(), QStringLiteral("hello")}));
    QCOMPARE(sent.event.sender, user);
}

void TestGuests::manyGoInPortions()
{
    open();
    ask(QStringLiteral("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) "
                       "INSERT INTO users (public_id, name, skeleton, password_hash, guest, created_at) "
                       "SELECT randomblob(16), 'g' || i, 'g' || i, '', 1, 0 FROM n"));
    ask(QStringLiteral("INSERT INTO quiet_guests SELECT id, 0 FROM users WHERE guest = 1"));
    QTRY_COMPARE(ask(QStringLiteral("SELECT count(*) FROM users")).toInt(), 0);
}

void TestGuests::olderDatabasesAreLookedThroughOnce()
{
    open(); // which registers the embedded schema steps
    m_store.reset();
    QVERIFY(QFile::remove(path()));
    const auto steps = readSchemaSteps(QStringLiteral(":/rookery/sql/sqlite"));
    QVERIFY(steps.ok());
    {
        QVERIFY(sqlite::prepareFile(path()).ok());
        VALUE_OR_FAIL(connection, sqlite::connect(path(), sqlite::Access::Write));
        QVERIFY(SqliteMigrator(*connection, steps->first(4)).run().ok());
        for (const char *sql :
            {"INSERT INTO users VALUES (1, x'0197fd6c000070008000000000000001', 'ann', 'ann', 'x', 0, 1)",
                "INSERT INTO users VALUES (2, x'0197fd6c000070008000000000000002', 'g2', 'g2', '', 1, 1)",
                "INSERT INTO users VALUES (3, x'0197fd6c000070008000000000000003', 'g3', 'g3', '', 1, 1)",
                "INSERT INTO users VALUES (4, x'0197fd6c000070008000000000000004', 'g4', 'g4', '', 1, 1)",
                "INSERT INTO rooms VALUES (1, x'01', 0, 'r', 'r', 'r', NULL, NULL, 0, 1)",
                "INSERT INTO rooms VALUES (2, x'02', 2, '', '', NULL, 1, 4, 0, 1)",
                "INSERT INTO events VALUES (1, 1, x'03', 0, 2, 'g2', x'04', 'hello', 1, 0)"})
            connection->execute(QString::fromLatin1(sql));
    }
    open();
    QTRY_COMPARE(
        ask(QStringLiteral("SELECT group_concat(name) FROM users")).toString(), QStringLiteral("ann,g2,g4"));
}

QTEST_GUILESS_MAIN(TestGuests)
#include "tst_guests.moc"
