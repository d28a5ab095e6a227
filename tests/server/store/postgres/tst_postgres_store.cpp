// SPDX-License-Identifier: GPL-3.0-or-later
// What the store does on PostgreSQL beside the contract.

#include "server/store/postgres/postgresstore.h"
#include "server/store/postgres/wire.h"
#include "tests/server/store/gate.h"
#include "tests/server/store/storetest.h"
#include "tests/support/postgresserver.h"

#include <QRegularExpression>

#include <algorithm>
#include <functional>
#include <iterator>
#include <mutex>

using namespace storetest;
using namespace rookery::store::postgres;

Q_DECLARE_METATYPE(std::function<bool()>)

class TestPostgresStore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void messagesOfABatchAreOneStatement();
    void brokenStatementLeavesThemOneByOne();
    void batchKeepsItsOrder();
    void noticesHaveTheRoomAsItIs();
    void ownMessagesMoveTheMarker();
    void guestWhoWritesStays();
    void timesNeverGoBack();
    void controlLogIsPurged();
    void readsOfManyRoomsAreOneRoundTrip_data();
    void readsOfManyRoomsAreOneRoundTrip();
    void aLoneMessageIsTwoRoundTrips();

private:
    Waiting store() { return Waiting(m_store.get()); }
    QString ask(const QString &sql) { return m_server.ask(m_database, sql); }
    /// Queues the calls while the writer is held up, so that they are one batch.
    void inOneBatch(const std::function<void()> &calls);
    /// Appends at once and waits for all; answers how many were stored.
    int append(const QList<NewMessage> &messages);

    test::PostgresServer m_server;
    QString m_database;
    std::unique_ptr<PostgresStore> m_store;
    std::mutex m_mutex;
    std::vector<CommitNotice> m_notices;
    QStringList idsOfRooms() const
    {
        QStringList ids;
        for (const Room &room : m_rooms)
            ids.append(room.id);
        return ids;
    }

    User m_ann;
    Room m_room;
    QList<Room> m_rooms;
};

void TestPostgresStore::initTestCase()
{
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
}

void TestPostgresStore::init()
{
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    PostgresOptions options;
    options.conninfo = m_server.conninfo(m_database);
    options.committed = [this](std::vector<CommitNotice> notices) {
        const std::scoped_lock lock(m_mutex);
        std::move(notices.begin(), notices.end(), std::back_inserter(m_notices));
    };
    VALUE_OR_FAIL(opened, PostgresStore::open(options));
    m_store = std::move(opened);
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    m_ann = ann;
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, m_ann.id)));
    m_room = room;
    m_rooms.clear();
    m_notices.clear();
}

void TestPostgresStore::cleanup()
{
    m_store.reset();
    m_server.dropDatabase(m_database);
}

void TestPostgresStore::inOneBatch(const std::function<void()> &calls)
{
    const Gate gate(m_store.get());
    calls();
}

int TestPostgresStore::append(const QList<NewMessage> &messages)
{
    int answered = 0;
    int stored = 0;
    inOneBatch([&] {
        for (const NewMessage &message : messages) {
            m_store->append(message, this, [&](const Result<Appended> &result) {
                ++answered;
                stored += result && !result->duplicate;
            });
        }
    });
    [&] { QTRY_COMPARE(answered, int(messages.size())); }();
    return stored;
}

/// Rows that one statement has written are of one subtransaction; with a savepoint each they would be of as many.
void TestPostgresStore::messagesOfABatchAreOneStatement()
{
    QList<NewMessage> messages;
    for (int i = 0; i < 300; ++i)
        messages.append(newMessage(m_room, m_ann, QString::number(i)));
    QCOMPARE(append(messages), 300);
    QCOMPARE(ask(QStringLiteral("SELECT count(DISTINCT xmin::text) FROM events")), QStringLiteral("1"));
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, 0, 1000}));
    QCOMPARE(page.events.size(), 300);
    for (qsizetype i = 0; i < page.events.size(); ++i) {
        QCOMPARE(page.events[i].seq, i + 1);
        QCOMPARE(page.events[i].text(), QString::number(i));
    }
    QCOMPARE(
        ask(QStringLiteral("SELECT last_seq FROM room_heads WHERE last_seq > 0")), QStringLiteral("300"));
}

void TestPostgresStore::brokenStatementLeavesThemOneByOne()
{
    ask(QStringLiteral("CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                       "IF NEW.text = 'bad' THEN RAISE 'made up by the test'; END IF; RETURN NEW; END $$"));
    QCOMPARE(ask(QStringLiteral(
                 "CREATE TRIGGER fails BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION fails()")),
        QStringLiteral("CREATE TRIGGER"));
    for (int i = 0; i < 2; ++i)
        QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("made up by the test")));
    QList<NewMessage> messages;
    for (const char *text : {"one", "bad", "two"})
        messages.append(newMessage(m_room, m_ann, QLatin1String(text)));
    QCOMPARE(append(messages), 2);
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, 0, 10}));
    QCOMPARE(page.events.size(), 2);
    QCOMPARE(page.events[1].seq, 2);
    QCOMPARE(page.events[1].text(), QStringLiteral("two"));
}

void TestPostgresStore::batchKeepsItsOrder()
{
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    QVERIFY(store().joinRoom(m_room.id, bob.id).ok());
    const RoomRule membersOnly = [](RoomKind, Role role) -> std::optional<Error> {
        if (isMember(role))
            return std::nullopt;
        return Error{ErrorCode::Forbidden, QStringLiteral("made up by the test")};
    };
    QStringList answers;
    const auto note = [&](const char *what) {
        return [&answers, what](const auto &result) {
            answers.append(
                QLatin1String(what) + (result.ok() ? QLatin1String(" ok") : QLatin1String(" refused")));
        };
    };
    inOneBatch([&] {
        NewMessage first = newMessage(m_room, bob, QStringLiteral("first"));
        first.rule = membersOnly;
        NewMessage second = newMessage(m_room, bob, QStringLiteral("second"));
        second.rule = membersOnly;
        m_store->append(first, this, note("first"));
        m_store->setMember(m_room.id, bob.id, false, this, note("removed"));
        m_store->append(second, this, note("second"));
        m_store->append(newMessage(m_room, m_ann, QStringLiteral("third")), this, note("third"));
    });
    QTRY_COMPARE(answers,
        QStringList({QStringLiteral("first ok"), QStringLiteral("removed ok"),
            QStringLiteral("second refused"), QStringLiteral("third ok")}));
    // Bob joined, wrote, and left; then Ann wrote.
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, 0, 10}));
    QList<qint64> seqs;
    for (const RoomEvent &event : page.events)
        seqs.append(event.seq);
    QCOMPARE(seqs, QList<qint64>({1, 2, 3, 4}));
    QCOMPARE(page.events.constLast().text(), QStringLiteral("third"));
}

void TestPostgresStore::noticesHaveTheRoomAsItIs()
{
    QCOMPARE(append({newMessage(m_room, m_ann, QStringLiteral("before"))}), 1);
    RoomChange change;
    change.roomId = m_room.id;
    change.actor = m_ann;
    change.clientId = newId();
    change.topic = QStringLiteral("Assam");
    QVERIFY(store().changeRoom(change).ok());
    QCOMPARE(append({newMessage(m_room, m_ann, QStringLiteral("after"))}), 1);
    const std::scoped_lock lock(m_mutex);
    QCOMPARE(m_notices.size(), 3);
    QCOMPARE(std::get<Committed>(m_notices.front()).room->topic, QString());
    QCOMPARE(std::get<Committed>(m_notices.back()).room->topic, QStringLiteral("Assam"));
}

void TestPostgresStore::ownMessagesMoveTheMarker()
{
    QList<NewMessage> messages;
    for (int i = 0; i < 257; ++i)
        messages.append(newMessage(m_room, m_ann, QStringLiteral("x")));
    const QString marker = QStringLiteral("SELECT read_seq FROM members");
    QCOMPARE(append(messages.first(256)), 256);
    QCOMPARE(ask(marker), QStringLiteral("0"));
    QCOMPARE(append(messages.last(1)), 1);
    QCOMPARE(ask(marker), QStringLiteral("257"));
}

void TestPostgresStore::guestWhoWritesStays()
{
    NewUser guest = newUser(QStringLiteral("Guest"));
    guest.guest = true;
    guest.passwordHash.clear();
    VALUE_OR_FAIL(stored, store().createUser(guest));
    QVERIFY(stored.guest);
    const QString quiet = QStringLiteral("SELECT count(*) FROM quiet_guests");
    QCOMPARE(ask(quiet), QStringLiteral("1"));
    QCOMPARE(append({newMessage(m_room, m_ann, QStringLiteral("hello"))}), 1);
    QCOMPARE(ask(quiet), QStringLiteral("1"));
    QCOMPARE(append({newMessage(m_room, stored, QStringLiteral("hello"))}), 1);
    QCOMPARE(ask(quiet), QStringLiteral("0"));
}

void TestPostgresStore::timesNeverGoBack()
{
    QCOMPARE(append({newMessage(m_room, m_ann, QStringLiteral("one"))}), 1);
    constexpr qint64 later = 4'102'444'800'000; // 2100
    ask(QStringLiteral("UPDATE room_heads SET last_at = %1").arg(later));
    QCOMPARE(append({newMessage(m_room, m_ann, QStringLiteral("two"))}), 1);
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_ann, QStringLiteral("edited"))).ok());
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, 1, 10}));
    QCOMPARE(page.events.size(), 2);
    for (const RoomEvent &event : page.events)
        QCOMPARE(event.timestamp.toMSecsSinceEpoch(), later);
}

void TestPostgresStore::controlLogIsPurged()
{
    m_store.reset();
    PostgresOptions options;
    options.conninfo = m_server.conninfo(m_database);
    options.housekeepingInterval = std::chrono::milliseconds(10);
    VALUE_OR_FAIL(opened, PostgresStore::open(options));
    m_store = std::move(opened);
    QStringList ids;
    const auto endSession = [&] {
        const QDateTime now = QDateTime::currentDateTimeUtc();
        const SessionRecord session{newId(), m_ann, now, now.addSecs(3600), {}, {}};
        ids.append(session.id);
        return store().createSession(session).ok() && store().deleteSession(m_ann.id, session.id).ok();
    };
    QVERIFY(endSession() && endSession() && endSession());
    // By a clock that is behind: what comes before it goes, too.
    ask(QStringLiteral("UPDATE control_log SET at = 0 WHERE seq = 2"));
    QTRY_COMPARE(ask(QStringLiteral("SELECT count(*) FROM control_log")), QStringLiteral("1"));
    VALUE_OR_FAIL(page, store().controlAfter(0));
    QCOMPARE(page.purged, 2);
    QCOMPARE(page.head, 3);
    QCOMPARE(page.ended, (QList<EndedSession>{{3, ids[2], SessionEnd::Revoked}}));
    ask(QStringLiteral("UPDATE control_log SET at = 0"));
    QTRY_COMPARE(ask(QStringLiteral("SELECT count(*) FROM control_log")), QStringLiteral("0"));
    QVERIFY(endSession());
    VALUE_OR_FAIL(next, store().controlAfter(3));
    QCOMPARE(next.purged, 3);
    QCOMPARE(next.ended, (QList<EndedSession>{{4, ids[3], SessionEnd::Revoked}}));
}

void TestPostgresStore::readsOfManyRoomsAreOneRoundTrip_data()
{
    QTest::addColumn<int>("statements");
    QTest::addColumn<std::function<bool()>>("read");
    const auto row = [](const char *name, int statements, std::function<bool()> read) {
        QTest::newRow(name) << statements << std::move(read);
    };
    row("rooms with markers", 1, [this] { return store().roomsPage({m_ann.id, {}, 100}).ok(); });
    row("self stream", 1, [this] {
        return await<SelfPage>([this](auto *context, auto done) {
            m_store->selfEvents(m_ann.id, 0, 100, context, done);
        }).ok();
    });
    row("what was missed", 1, [this] {
        const auto pages = await<MissedPages>([this](auto *context, auto done) {
            MissedQuery query{m_ann.id, {}};
            for (const Room &room : std::as_const(m_rooms))
                query.places.append({room.id, 0});
            m_store->missed(query, context, done);
        });
        return pages.ok() && pages->constLast()->events.size() == 3;
    });
    row("members", 1, [this] {
        return await<QHash<QString, MembersPage>>([this](auto *context, auto done) {
            m_store->firstMembersOf(idsOfRooms(), 100, context, done);
        }).ok();
    });
    row("heads", 1, [this] { return store().heads(idsOfRooms()).ok(); });
    // BEGIN comes with it, and COMMIT is not waited for.
    row("a room", 3, [this] { return store().findRoom(m_room.id, {}, m_ann.id).ok(); });
}

void TestPostgresStore::readsOfManyRoomsAreOneRoundTrip()
{
    QFETCH(const int, statements);
    QFETCH(const std::function<bool()>, read);
    VALUE_OR_FAIL(ben, store().createUser(newUser(QStringLiteral("Ben"))));
    for (int i = 0; i < 5; ++i) {
        VALUE_OR_FAIL(
            room, store().createRoom(newRoom(QStringLiteral("r%1").arg(i), RoomKind::Public, m_ann.id)));
        for (int message = 0; message < 3; ++message)
            QVERIFY(store().append(newMessage(room, ben, QStringLiteral("text"))).ok());
        QVERIFY(store().markRead(room, m_ann, 1).ok());
        m_rooms.append(room);
    }
    // The watch of the database and the first preparations wait for the server, too: only a lone run counts.
    Traffic least{1000, 1000};
    for (int run = 0; run < 20; ++run) {
        const Traffic before = trafficSoFar();
        QVERIFY(read());
        const Traffic after = trafficSoFar();
        least.statements = std::min(least.statements, after.statements - before.statements);
        least.roundTrips = std::min(least.roundTrips, after.roundTrips - before.roundTrips);
    }
    QCOMPARE(least.statements, quint64(statements));
    QCOMPARE(least.roundTrips, quint64(1));
}

void TestPostgresStore::aLoneMessageIsTwoRoundTrips()
{
    quint64 least = 1000;
    for (int run = 0; run < 20; ++run) {
        const quint64 before = trafficSoFar().roundTrips;
        QVERIFY(store().append(newMessage(m_room, m_ann, QStringLiteral("text"))).ok());
        least = std::min(least, trafficSoFar().roundTrips - before);
    }
    QCOMPARE(least, quint64(2)); // BEGIN with the message, and COMMIT
}

QTEST_GUILESS_MAIN(TestPostgresStore)
#include "tst_postgres_store.moc"
