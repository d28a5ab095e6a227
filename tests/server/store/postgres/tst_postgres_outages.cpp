// SPDX-License-Identifier: GPL-3.0-or-later
// Connections that are lost while a batch is under way: whoever waits for it is told what has become of it, and not that it
// failed, unless the outage is long.

#include "server/store/postgres/connection.h"
#include "server/store/postgres/postgresstore.h"
#include "server/store/postgres/trace.h"
#include "server/store/postgres/writelock.h"
#include "tests/server/store/gate.h"
#include "tests/server/store/storetest.h"
#include "tests/support/postgresserver.h"

#include <QElapsedTimer>
#include <QRegularExpression>

#include <iterator>
#include <mutex>

using namespace storetest;
using namespace rookery::store::postgres;

class TestPostgresOutages : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void killedBackendsCostNoError();
    void restartCostsNoError();
    void longOutageIsToldAtOnce();
    void cancelledStandbyWaitIsNoAnswer_data();
    void cancelledStandbyWaitIsNoAnswer();
    void traceTellsWhatWasCommitted();

private:
    Waiting store() { return Waiting(m_store.get()); }
    QString ask(const QString &sql) { return m_server.ask(m_database, sql); }
    int killBackends();

    test::PostgresServer m_server;
    QString m_database;
    std::unique_ptr<PostgresStore> m_store;
    std::mutex m_mutex;
    int m_notices = 0; ///< of messages
    User m_ann;
    Room m_room;
};

void TestPostgresOutages::init()
{
    if (!m_server.isRunning())
        QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    PostgresOptions options;
    options.conninfo = m_server.conninfo(m_database);
    options.committed = [this](const std::vector<CommitNotice> &notices) {
        const std::scoped_lock lock(m_mutex);
        for (const CommitNotice &notice : notices) {
            const auto *committed = std::get_if<Committed>(&notice);
            m_notices += committed && committed->event.as<Posted>() ? 1 : 0;
        }
    };
    VALUE_OR_FAIL(opened, PostgresStore::open(options));
    m_store = std::move(opened);
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    m_ann = ann;
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, m_ann.id)));
    m_room = room;
    m_notices = 0;
}

void TestPostgresOutages::cleanup()
{
    m_store.reset();
    m_server.dropDatabase(m_database);
}

int TestPostgresOutages::killBackends()
{
    return ask(QStringLiteral("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                              "WHERE application_name = 'rookeryd' AND datname = current_database()"))
        .toInt();
}

/// Messages, which can be sent again, and accounts, which cannot: the second attempt would find the name taken.
void TestPostgresOutages::killedBackendsCostNoError()
{
    constexpr int each = 300;
    int answered = 0;
    QStringList errors;
    int duplicates = 0;
    const auto note = [&](const auto &result) {
        ++answered;
        if (!result)
            errors.append(result.error().detail);
    };
    int sent = 0;
    std::function<void()> send = [&] {
        if (sent == each)
            return;
        const int number = sent++;
        m_store->append(
            newMessage(m_room, m_ann, QString::number(number)), this, [&](const Result<Appended> &result) {
                note(result);
                duplicates += result && result->duplicate ? 1 : 0;
                send();
            });
    };
    int made = 0;
    std::function<void()> makeUser = [&] {
        if (made == each)
            return;
        m_store->createUser(
            newUser(QStringLiteral("user %1").arg(made++)), this, [&](const Result<User> &result) {
                note(result);
                makeUser();
            });
    };
    for (int i = 0; i < 3; ++i) {
        send();
        makeUser();
    }
    int killed = 0;
    while (answered < 2 * each) {
        const int before = answered;
        QTRY_VERIFY_WITH_TIMEOUT(answered > before, 20'000);
        killed += killBackends();
    }
    QCOMPARE(errors, QStringList());
    QVERIFY(killed > 0);
    QCOMPARE(duplicates, 0);
    QCOMPARE(ask(QStringLiteral("SELECT count(*), max(seq) FROM events")), QStringLiteral("%1|%1").arg(each));
    QCOMPARE(
        ask(QStringLiteral("SELECT count(*) FROM users WHERE name LIKE 'user %'")), QString::number(each));
    const std::scoped_lock lock(m_mutex);
    QCOMPARE(m_notices, each);
}

/// Neither of who writes nor of who reads.
void TestPostgresOutages::restartCostsNoError()
{
    QVERIFY(store().append(newMessage(m_room, m_ann, QStringLiteral("before"))).ok());
    QVERIFY(store().findRoom(m_room.id, {}).ok());
    m_server.stop();
    int answers = 0;
    m_store->append(newMessage(m_room, m_ann, QStringLiteral("meanwhile")), this,
        [&](const Result<Appended> &result) { answers += result && !result->duplicate ? 1 : 100; });
    int read = 0;
    for (int i = 0; i < 4; ++i)
        m_store->findRoom(m_room.id, {}, {}, this, [&](const Result<Room> &room) { read += room ? 1 : 100; });
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, 0, 10}));
    QVERIFY(!page.events.isEmpty());
    QTRY_COMPARE(answers, 1);
    QTRY_COMPARE(read, 4);
    QVERIFY(killBackends() > 1);
    // Each of the readers has lost its connection.
    for (int i = 0; i < 4; ++i)
        QVERIFY(store().findRoom(m_room.id, {}).ok());
}

/// The first to notice waits; those after it know.
void TestPostgresOutages::longOutageIsToldAtOnce()
{
    m_server.stop();
    QElapsedTimer since;
    since.start();
    REFUSED(store().append(newMessage(m_room, m_ann, QStringLiteral("one"))), ErrorCode::StorageUnavailable);
    QVERIFY2(since.elapsed() >= 2'000, qPrintable(QString::number(since.elapsed())));
    since.start();
    REFUSED(store().append(newMessage(m_room, m_ann, QStringLiteral("two"))), ErrorCode::StorageUnavailable);
    // Of the outage the readers have not heard yet.
    REFUSED(store().findRoom(m_room.id, {}), ErrorCode::StorageUnavailable);
    since.start();
    for (int i = 0; i < 4; ++i)
        REFUSED(store().findRoom(m_room.id, {}), ErrorCode::StorageUnavailable);
    QVERIFY2(since.elapsed() < 2'000, qPrintable(QString::number(since.elapsed())));
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    QVERIFY(store().append(newMessage(m_room, m_ann, QStringLiteral("three"))).ok());
}

void TestPostgresOutages::cancelledStandbyWaitIsNoAnswer_data()
{
    QTest::addColumn<bool>("isMessage");
    QTest::newRow("message") << true;
    QTest::newRow("account") << false;
}

/// The server says that the commit is done, and warns that no standby has it.
void TestPostgresOutages::cancelledStandbyWaitIsNoAnswer()
{
    QFETCH(bool, isMessage);
    const auto waitFor = [this](const QString &standby) {
        ask(QStringLiteral("ALTER SYSTEM SET synchronous_standby_names = '%1'").arg(standby));
        ask(QStringLiteral("SELECT pg_reload_conf()"));
        return ask(QStringLiteral("SHOW synchronous_standby_names")) == standby;
    };
    const auto waiting = [this] {
        return ask(QStringLiteral("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"));
    };
    QTRY_VERIFY(waitFor(QStringLiteral("nobody")));
    int answered = 0;
    int good = 0;
    const auto write = [&](int number) {
        answered = 0;
        good = 0;
        if (isMessage)
            m_store->append(newMessage(m_room, m_ann, QString::number(number)), this,
                [&](const Result<Appended> &result) {
                    ++answered;
                    good += result && !result->duplicate ? 1 : 0;
                });
        else
            m_store->createUser(newUser(QString::number(number)), this, [&](const Result<User> &result) {
                ++answered;
                good += result ? 1 : 0;
            });
    };
    // The server knows a little later that it has to wait.
    QString first;
    for (int number = 0; first.isEmpty(); ++number) {
        write(number);
        QTRY_VERIFY(answered == 1 || !(first = waiting()).isEmpty());
    }
    QCOMPARE(ask(QStringLiteral("SELECT pg_cancel_backend(%1)").arg(first)), QStringLiteral("t"));
    // On another connection, and for a standby again.
    QString second;
    QTRY_VERIFY(!(second = waiting()).isEmpty() && second != first);
    QCOMPARE(answered, 0);
    QTRY_VERIFY(waitFor(QString()));
    QTRY_COMPARE(answered, 1);
    QCOMPARE(good, 1);
}

void TestPostgresOutages::traceTellsWhatWasCommitted()
{
    const auto open = [this]() -> std::unique_ptr<PostgresConnection> {
        auto opened = PostgresConnection::open({.conninfo = m_server.conninfo(m_database)});
        return opened ? std::move(opened).value() : nullptr;
    };
    const auto connection = open();
    const auto other = open();
    QVERIFY(connection && other);
    Trace trace;
    {
        Transaction transaction(*connection);
        lockWrites(*connection);
        QVERIFY(trace.leave(*connection) > 0);
        // As long as it may still be committed, nobody knows.
        QVERIFY_THROWS_EXCEPTION(DatabaseError, trace.isThere(*other));
    }
    QVERIFY(!trace.isThere(*other));
    {
        Transaction transaction(*connection);
        lockWrites(*connection);
        trace.leave(*connection);
        transaction.commit();
    }
    QVERIFY(trace.isThere(*other));
    VALUE_OR_FAIL(sent, store().append(newMessage(m_room, m_ann, QStringLiteral("hello"))));
    const qint64 key = ask(QStringLiteral("SELECT room FROM events")).toLongLong();
    trace.leaveEvent(key, sent.event.seq, sent.event.id);
    QVERIFY(trace.isThere(*other));
    trace.leaveEvent(key, sent.event.seq, newId());
    QVERIFY(!trace.isThere(*other));
    trace.leaveEvent(key, sent.event.seq + 1, sent.event.id);
    QVERIFY(!trace.isThere(*other));
}

QTEST_GUILESS_MAIN(TestPostgresOutages)
#include "tst_postgres_outages.moc"
