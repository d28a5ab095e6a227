// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/daemon/frameparts.h"
#include "tests/support/postgresserver.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/websocketclient.h"

#include <QHash>
#include <QJsonArray>
#include <QMap>
#include <QTest>

#include <memory>

using namespace rookery::test;

namespace {

constexpr int eventsInRoom = 5;

/// The statements in a part of the server's log that somebody has waited for, in the order of the log: without those that
/// begin and end what only reads, and without what the daemon asks from time to time.
QByteArrayList statementsIn(const QByteArray &log)
{
    QByteArrayList statements;
    for (const QByteArray &line : log.split('\n')) {
        const qsizetype at = line.indexOf("execute ");
        const qsizetype begins = line.indexOf(": ", at);
        if (at < 0 || begins < 0)
            continue;
        const QByteArray sql = line.sliced(begins + 2);
        const bool isNoise = sql.startsWith("BEGIN") || sql.startsWith("COMMIT") || sql.contains("control_")
            || sql.contains("pg_notify") || sql.contains("pg_walfile_name") || sql.contains("AS heads (");
        if (!isNoise)
            statements.append(sql);
    }
    return statements;
}

/// Each with how often it is there.
QByteArray counted(const QByteArrayList &statements)
{
    QMap<QByteArray, int> counts;
    for (const QByteArray &sql : statements)
        ++counts[sql.left(150)];
    QByteArray text;
    for (auto one = counts.cbegin(); one != counts.cend(); ++one)
        text += QByteArray::number(one.value()) + ' ' + one.key() + '\n';
    return text;
}

} // namespace

/// What a client that comes back with many rooms costs PostgreSQL: when a node is lost, all of its clients come to the
/// others at once.
class GreetingCostTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void doesNotGrowWithTheRooms_data();
    void doesNotGrowWithTheRooms();

private:
    void makeRooms(int count);
    /// Says hello, resumes all rooms after this seq, and waits until everything missed is there.
    bool greet(const QStringList &rooms, int seq);

    PostgresServer m_server;
    QString m_database;
    std::unique_ptr<TestDaemon> m_daemon;
    TestUser m_ann;
};

void GreetingCostTest::initTestCase()
{
    QVERIFY2(m_server.start({QStringLiteral("fsync=off"), QStringLiteral("log_statement=all"),
                 QStringLiteral("log_parameter_max_length=0")}),
        qPrintable(m_server.why()));
}

void GreetingCostTest::init()
{
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    m_daemon = std::make_unique<TestDaemon>(QStringList(),
        QMap<QString, QString>{
            {QStringLiteral("ROOKERY_STORAGE_URL"), m_server.url(m_database).toString(QUrl::FullyEncoded)},
            // A budget would deal the rooms out in portions.
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_USER"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_NETWORK"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_SERVER_IO_THREADS"), QStringLiteral("1")}});
    QVERIFY2(m_daemon->start(), m_daemon->log());
    m_ann = registerUser(m_daemon->url(), QStringLiteral("ann"));
    QVERIFY(!m_ann.token.isEmpty());
}

void GreetingCostTest::makeRooms(int count)
{
    const QStringList steps = {
        QStringLiteral("INSERT INTO users (public_id, name, skeleton, password_hash, guest, created_at) "
                       "SELECT gen_random_uuid(), 'u' || i, 'u' || i, '', 0, 0 FROM generate_series(1, 3) i"),
        QStringLiteral(
            "INSERT INTO rooms (public_id, kind, name, folded, skeleton, created_at) SELECT "
            "gen_random_uuid(), i % 2, 'r' || i, 'r' || i, 'r' || i, 0 FROM generate_series(1, %1) i")
            .arg(count),
        QStringLiteral("INSERT INTO members (room, \"user\", since, read_seq) "
                       "SELECT r.id, u.id, 0, 2 FROM rooms r, users u WHERE r.name LIKE 'r%'"),
        QStringLiteral(
            "INSERT INTO events (room, seq, at, sender, id, client_id, kind, others, sender_name, "
            "text) SELECT r.id, s, 0, (SELECT id FROM users WHERE name = 'u1'), gen_random_uuid(), "
            "gen_random_uuid(), 0, 0, 'u1', 'text ' || s FROM rooms r, generate_series(1, %1) s "
            "WHERE r.name LIKE 'r%'")
            .arg(eventsInRoom),
        QStringLiteral(
            "UPDATE room_heads SET last_seq = %1 FROM rooms r WHERE r.id = room AND r.name LIKE 'r%'")
            .arg(eventsInRoom),
        QStringLiteral("ANALYZE")};
    for (const QString &step : steps)
        m_server.ask(m_database, step);
}

bool GreetingCostTest::greet(const QStringList &rooms, int seq)
{
    WebSocketClient socket;
    if (!socket.open(m_daemon->webSocketUrl(QStringLiteral("/ws/v1")), m_ann.token))
        return false;
    const QString epoch =
        m_server.ask(m_database, QStringLiteral("SELECT value FROM meta WHERE key = 'epoch'"));
    QJsonArray resume;
    for (const QString &room : rooms)
        resume.append(object({{"room", room}, {"epoch", epoch}, {"seq", seq}}));
    socket.send(object({{"type", QStringLiteral("hello")}, {"pages", true}, {"resume", resume}}));
    QHash<QString, int> missing;
    for (const QString &room : rooms)
        missing.insert(room, eventsInRoom - seq + 1); // its events, and `subscribed`
    while (!missing.isEmpty()) {
        const QJsonObject frame = socket.next();
        const QString type = text(frame, "type");
        if (type.isEmpty() || type == QLatin1String("error"))
            return false;
        QString room;
        if (type == QLatin1String("subscribed"))
            room = frame[QLatin1String("room")][QLatin1String("id")].toString();
        else if (type == QLatin1String("event"))
            room = frame[QLatin1String("event")][QLatin1String("room")].toString();
        const auto place = missing.find(room);
        if (place != missing.end() && --*place == 0)
            missing.erase(place);
    }
    socket.socket().close();
    return true;
}

void GreetingCostTest::doesNotGrowWithTheRooms_data()
{
    QTest::addColumn<int>("rooms");
    QTest::addColumn<int>("seq");
    QTest::addColumn<int>("most");
    // The list of rooms; the members; what was missed.
    QTest::newRow("no rooms") << 0 << eventsInRoom << 1;
    QTest::newRow("10 rooms, nothing missed") << 10 << eventsInRoom << 3;
    QTest::newRow("100 rooms, nothing missed") << 100 << eventsInRoom << 3;
    QTest::newRow("10 rooms, 3 events missed in each") << 10 << eventsInRoom - 3 << 3;
    QTest::newRow("100 rooms, 3 events missed in each") << 100 << eventsInRoom - 3 << 3;
}

void GreetingCostTest::doesNotGrowWithTheRooms()
{
    QFETCH(const int, rooms);
    QFETCH(const int, seq);
    QFETCH(const int, most);
    makeRooms(rooms);
    const QStringList ids =
        m_server
            .ask(m_database, QStringLiteral("SELECT public_id FROM rooms WHERE name LIKE 'r%' ORDER BY id"))
            .split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(ids.size(), rooms);
    m_daemon->terminate();
    QVERIFY2(m_daemon->start(), m_daemon->log());
    WebSocketClient before;
    QVERIFY(before.open(m_daemon->webSocketUrl(QStringLiteral("/ws/v1")), m_ann.token));

    const qsizetype begins = m_server.log().size();
    QVERIFY(greet(ids, seq));
    const QByteArrayList statements = statementsIn(m_server.log().sliced(begins));
    QVERIFY2(statements.size() <= most,
        QByteArray::number(statements.size()) + " statements:\n" + counted(statements));
}

QTEST_GUILESS_MAIN(GreetingCostTest)
#include "tst_greetingcost.moc"
