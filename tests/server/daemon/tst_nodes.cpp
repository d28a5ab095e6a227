// SPDX-License-Identifier: GPL-3.0-or-later
// Several daemons on one database: any client on any node. With ROOKERY_TEST_BUS=redis they have a Redis between them, which is
// not the truth: whatever happens to it, nothing is lost.

#include "tests/support/postgresserver.h"
#include "tests/support/redisserver.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QUuid>

#include <memory>

using namespace rookery::test;

namespace {

const QString lobby = QStringLiteral("lobby");

QString typeOf(const QJsonObject &frame)
{
    return frame[QLatin1String("type")].toString();
}

WebSocketClient::Predicate isMessage(const QString &text)
{
    return [text](const QJsonObject &frame) {
        return frame[QLatin1String("event")][QLatin1String("text")].toString() == text;
    };
}

} // namespace

class NodesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();

    void aMessageReachesTheOtherNode();
    void messagesOfBothNodesAreInOneOrder();
    void directMessagesReachTheOtherNode();
    void presenceIsOfAllNodes();
    void whoIsRemovedHearsNothingMore();
    void whatALostConnectionHasMissedIsFound();
    void aKilledNodesUsersGo();
    void aClientResumesOnTheOtherNode();
    void aLogInHoldsOnEveryNodeUntilItIsRevoked();
    void anotherHistoryIsToldOnAllNodes();
    void aLaterSchemaIsUsedAsFarAsItAllows();
    void aNodeWithAnotherKeyIsRefused();

protected:
    /// A socket on this node that has said hello and is subscribed to the room.
    bool open(WebSocketClient &socket, int node, const TestUser &user, const QString &room = lobby);
    HttpAnswer call(int node, const QByteArray &method, const QString &path, const TestUser &user,
        const QJsonObject &body = {});
    TestUser userOn(int node, const QString &name);
    TestDaemon &node(int number) { return *m_nodes[size_t(number)]; }
    std::unique_ptr<TestDaemon> newNode(const QString &keyFile);

    QTemporaryDir m_keys;
    PostgresServer m_server;
    std::unique_ptr<RedisServer> m_redis; ///< where the nodes have one
    QString m_database;
    std::array<std::unique_ptr<TestDaemon>, 2> m_nodes;
};

/// The same with a Redis between the nodes, and what is only so with one.
class NodesWithRedisTest : public NodesTest
{
    Q_OBJECT
private Q_SLOTS:
    void withoutRedisNothingIsLost_data();
    void withoutRedisNothingIsLost();
};

void NodesTest::initTestCase()
{
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    if (qgetenv("ROOKERY_TEST_BUS") != "redis")
        return;
    m_redis = std::make_unique<RedisServer>();
    QVERIFY2(m_redis->start(), qPrintable(m_redis->why()));
}

std::unique_ptr<TestDaemon> NodesTest::newNode(const QString &keyFile)
{
    QMap<QString, QString> environment{
        {QStringLiteral("ROOKERY_STORAGE_URL"), m_server.url(m_database).toString(QUrl::FullyEncoded)},
        {QStringLiteral("ROOKERY_AUTH_SIGNING_KEY_FILE"), m_keys.filePath(keyFile)},
        {QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")},
        {QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")}};
    if (m_redis)
        environment.insert(
            QStringLiteral("ROOKERY_BUS_URL"), QStringLiteral("redis+unix://") + m_redis->socket());
    return std::make_unique<TestDaemon>(QStringList(), environment);
}

void NodesTest::init()
{
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    for (auto &node : m_nodes) {
        node = newNode(QStringLiteral("signing.key"));
        QVERIFY2(node->start(), node->log());
    }
}

TestUser NodesTest::userOn(int number, const QString &name)
{
    return registerUser(node(number).url(), name);
}

HttpAnswer NodesTest::call(
    int number, const QByteArray &method, const QString &path, const TestUser &user, const QJsonObject &body)
{
    return request(method, node(number).url().resolved(QUrl(path)), body, user.token);
}

bool NodesTest::open(WebSocketClient &socket, int number, const TestUser &user, const QString &room)
{
    if (!socket.open(node(number).webSocketUrl(QStringLiteral("/ws/v1")), user.token))
        return false;
    socket.send(
        {{QStringLiteral("type"), QStringLiteral("hello")}, {QStringLiteral("resume"), QJsonArray()}});
    if (socket.next(QStringLiteral("hello")).isEmpty())
        return false;
    socket.send({{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("room"), room}});
    return !socket.next(QStringLiteral("subscribed")).isEmpty();
}

void NodesTest::aMessageReachesTheOtherNode()
{
    WebSocketClient ann;
    WebSocketClient ben;
    QVERIFY(open(ann, 0, userOn(0, QStringLiteral("ann"))));
    QVERIFY(open(ben, 1, userOn(1, QStringLiteral("ben"))));
    for (const auto &[from, to] : {std::pair{&ann, &ben}, std::pair{&ben, &ann}}) {
        const QString text = QUuid::createUuid().toString(QUuid::WithoutBraces);
        from->send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("room"), lobby},
            {QStringLiteral("text"), text}});
        QVERIFY(!to->next(isMessage(text)).isEmpty());
    }
    // One that no frame of the bus has room for is read from the database.
    const QString text(4'000, u'\u20ac');
    ann.send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("room"), lobby},
        {QStringLiteral("text"), text}});
    QVERIFY(!ben.next(isMessage(text)).isEmpty());
}

void NodesTest::messagesOfBothNodesAreInOneOrder()
{
    static constexpr int each = 300;
    std::array<WebSocketClient, 2> sockets;
    QVERIFY(open(sockets[0], 0, userOn(0, QStringLiteral("ann"))));
    QVERIFY(open(sockets[1], 1, userOn(1, QStringLiteral("ben"))));
    for (int i = 0; i < each; ++i) {
        for (WebSocketClient &socket : sockets)
            socket.send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("room"), lobby},
                {QStringLiteral("text"), QStringLiteral("message %1").arg(i)}});
    }
    for (WebSocketClient &socket : sockets) {
        qint64 seq = 0;
        for (int i = 0; i < 2 * each; ++i) {
            const QJsonObject event = socket.next(QStringLiteral("event"))[QLatin1String("event")].toObject();
            const qint64 next = event[QLatin1String("seq")].toInteger();
            QVERIFY2(
                next == seq + 1 || seq == 0, qPrintable(QStringLiteral("%1 after %2").arg(next).arg(seq)));
            seq = next;
        }
    }
}

void NodesTest::directMessagesReachTheOtherNode()
{
    const TestUser ann = userOn(0, QStringLiteral("ann"));
    const TestUser ben = userOn(1, QStringLiteral("ben"));
    WebSocketClient socket;
    QVERIFY(socket.open(node(1).webSocketUrl(QStringLiteral("/")), ben.token));
    QCOMPARE(call(0, "POST", QStringLiteral("/api/messages"), ann,
                 {{QStringLiteral("senderId"), ann.id}, {QStringLiteral("receiverId"), ben.id},
                     {QStringLiteral("message"), QStringLiteral("psst")}})
                 .status,
        200);
    const QJsonObject frame = socket.next(QStringLiteral("direct_message"));
    QCOMPARE(frame[QLatin1String("message")].toString(), QStringLiteral("psst"));
}

void NodesTest::presenceIsOfAllNodes()
{
    const TestUser ann = userOn(0, QStringLiteral("ann"));
    const TestUser ben = userOn(1, QStringLiteral("ben"));
    const auto isOf = [&ann](bool online) {
        return [&ann, online](const QJsonObject &frame) {
            return typeOf(frame) == QLatin1String("member")
                && frame[QLatin1String("user")][QLatin1String("id")].toString() == ann.id
                && frame[QLatin1String("online")].toBool() == online;
        };
    };
    WebSocketClient there;
    QVERIFY(open(there, 1, ben));
    {
        WebSocketClient here;
        QVERIFY(open(here, 0, ann));
        QVERIFY(!there.next(isOf(true)).isEmpty());
        // Who comes later finds those who are there, on whatever node.
        WebSocketClient late;
        QVERIFY(late.open(node(1).webSocketUrl(QStringLiteral("/ws/chat/lobby/")), ben.token));
        const QJsonArray users =
            late.next(QStringLiteral("room_users_list"))[QLatin1String("users")].toArray();
        QVERIFY(std::ranges::any_of(users, [&ann](const QJsonValue &user) {
            return user[QLatin1String("username")].toString() == ann.name;
        }));
    }
    QVERIFY(!there.next(isOf(false)).isEmpty());
}

void NodesTest::whoIsRemovedHearsNothingMore()
{
    const TestUser ann = userOn(0, QStringLiteral("ann"));
    const TestUser ben = userOn(1, QStringLiteral("ben"));
    const QString name = QStringLiteral("den");
    QCOMPARE(
        call(0, "POST", QStringLiteral("/api/v1/rooms"), ann, {{QStringLiteral("name"), name}}).status, 201);
    QCOMPARE(call(1, "POST", QStringLiteral("/api/v1/rooms/den/join"), ben).status, 200);
    WebSocketClient socket;
    QVERIFY(open(socket, 1, ben, name));
    QCOMPARE(call(0, "PUT", QStringLiteral("/api/v1/rooms/den/members/%1").arg(ben.id), ann,
                 {{QStringLiteral("role"), QStringLiteral("banned")}})
                 .status,
        200);
    QCOMPARE(call(0, "POST", QStringLiteral("/api/v1/rooms/den/messages"), ann,
                 {{QStringLiteral("text"), QStringLiteral("not for ben")}})
                 .status,
        201);
    QVERIFY(!socket.next(QStringLiteral("room_removed")).isEmpty());
    // What was said after it comes behind it, on this socket in another room.
    QCOMPARE(call(0, "POST", QStringLiteral("/api/v1/rooms/lobby/messages"), ann,
                 {{QStringLiteral("text"), QStringLiteral("for all")}})
                 .status,
        201);
    socket.send({{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("room"), lobby},
        {QStringLiteral("seq"), 0}});
    while (true) {
        const QJsonObject frame = socket.next();
        QVERIFY(!frame.isEmpty());
        const QString text = frame[QLatin1String("event")][QLatin1String("text")].toString();
        QVERIFY(text != QStringLiteral("not for ben"));
        if (text == QStringLiteral("for all"))
            break;
    }
}

void NodesTest::whatALostConnectionHasMissedIsFound()
{
    WebSocketClient ann;
    WebSocketClient ben;
    const TestUser sender = userOn(0, QStringLiteral("ann"));
    QVERIFY(open(ann, 0, sender));
    QVERIFY(open(ben, 1, userOn(1, QStringLiteral("ben"))));
    for (int round = 0; round < 5; ++round) {
        const QString cut = m_server.ask(m_database,
            QStringLiteral("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                           "WHERE application_name = 'rookeryd bus' AND datname = current_database()"));
        QVERIFY2(cut.toInt() > 0 || round > 0, qPrintable(cut));
        const QString text = QStringLiteral("round %1").arg(round);
        QCOMPARE(call(0, "POST", QStringLiteral("/api/v1/rooms/lobby/messages"), sender,
                     {{QStringLiteral("text"), text}})
                     .status,
            201);
        const QJsonObject event = ben.next(QStringLiteral("event"))[QLatin1String("event")].toObject();
        QCOMPARE(event[QLatin1String("text")].toString(), text);
    }
}

void NodesTest::aKilledNodesUsersGo()
{
    const TestUser ann = userOn(0, QStringLiteral("ann"));
    WebSocketClient there;
    QVERIFY(open(there, 1, userOn(1, QStringLiteral("ben"))));
    WebSocketClient here;
    QVERIFY(open(here, 0, ann));
    const auto isAnn = [&ann](const QJsonObject &frame) {
        return typeOf(frame) == QLatin1String("member")
            && frame[QLatin1String("user")][QLatin1String("id")].toString() == ann.id;
    };
    QVERIFY(!there.next(isAnn).isEmpty());
    node(0).kill();
    // Their lease ends 10 s after the last renewal; the client's patience is 15 s.
    const QJsonObject gone = there.next(isAnn);
    QVERIFY(!gone.isEmpty());
    QVERIFY(!gone[QLatin1String("online")].toBool());
    if (!m_redis)
        return;
    // So does what Redis says of it: the node that is left removes them.
    const QString rooms = m_redis->ask({QStringLiteral("--scan"), QStringLiteral("--pattern"),
        QStringLiteral("rk:{%1}:p:*")
            .arg(m_server.ask(m_database,
                QStringLiteral("SELECT (SELECT system_identifier FROM pg_control_system()) || '-' || oid "
                               "FROM pg_database WHERE datname = current_database()")))});
    QVERIFY2(!rooms.isEmpty() && !rooms.contains(u'\n'), qPrintable(rooms));
    const auto users = [&] { return m_redis->ask({QStringLiteral("HGETALL"), rooms}); };
    QTRY_VERIFY_WITH_TIMEOUT(!users().contains(ann.id) && users().contains(QLatin1String("\"ben\"")), 15'000);
}

void NodesTest::aClientResumesOnTheOtherNode()
{
    const TestUser ann = userOn(0, QStringLiteral("ann"));
    WebSocketClient before;
    QVERIFY(open(before, 0, ann));
    before.send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("room"), lobby},
        {QStringLiteral("text"), QStringLiteral("first")}});
    const QJsonObject first = before.next(QStringLiteral("event"))[QLatin1String("event")].toObject();
    QVERIFY(!first.isEmpty());
    const QString epoch = call(0, "GET", QStringLiteral("/api/v1/rooms/lobby"), ann)
                              .json[QLatin1String("room")][QLatin1String("epoch")]
                              .toString();
    QVERIFY(!epoch.isEmpty());
    node(0).kill();
    QCOMPARE(call(1, "POST", QStringLiteral("/api/v1/rooms/lobby/messages"), ann,
                 {{QStringLiteral("text"), QStringLiteral("second")}})
                 .status,
        201);
    WebSocketClient after;
    QVERIFY(after.open(node(1).webSocketUrl(QStringLiteral("/ws/v1")), ann.token));
    after.send({{QStringLiteral("type"), QStringLiteral("hello")},
        {QStringLiteral("resume"),
            QJsonArray{QJsonObject{{QStringLiteral("room"), lobby}, {QStringLiteral("epoch"), epoch},
                {QStringLiteral("seq"), first[QLatin1String("seq")]}}}}});
    const QJsonObject second = after.next(QStringLiteral("event"))[QLatin1String("event")].toObject();
    QCOMPARE(second[QLatin1String("text")].toString(), QStringLiteral("second"));
    QCOMPARE(second[QLatin1String("seq")].toInteger(), first[QLatin1String("seq")].toInteger() + 1);
}

void NodesTest::aLogInHoldsOnEveryNodeUntilItIsRevoked()
{
    const TestUser ann = userOn(0, QStringLiteral("ann"));
    WebSocketClient there;
    QVERIFY(open(there, 1, ann));
    QCOMPARE(call(1, "GET", QStringLiteral("/api/v1/me"), ann).status, 200);
    const QJsonArray sessions =
        call(0, "GET", QStringLiteral("/api/v1/sessions"), ann).json[QLatin1String("sessions")].toArray();
    QCOMPARE(sessions.size(), 1);
    const QString id = sessions[0][QLatin1String("id")].toString();
    QCOMPARE(call(0, "DELETE", QStringLiteral("/api/v1/sessions/") + id, ann).status / 100, 2);
    QCOMPARE(there.closeCode(), 4001);
    QTRY_COMPARE(call(1, "GET", QStringLiteral("/api/v1/me"), ann).status, 401);
}

/// The database is restored to before the first message, while the nodes run.
void NodesTest::anotherHistoryIsToldOnAllNodes()
{
    const std::array<TestUser, 2> users{userOn(0, QStringLiteral("ann")), userOn(1, QStringLiteral("ben"))};
    const auto send = [](WebSocketClient &socket, const QString &text) {
        socket.send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("room"), lobby},
            {QStringLiteral("text"), text}});
    };
    std::array<WebSocketClient, 2> sockets;
    for (int i = 0; i < 2; ++i)
        QVERIFY(open(sockets[size_t(i)], i, users[size_t(i)]));
    const QJsonObject room = call(0, "GET", QStringLiteral("/api/v1/rooms/lobby"), users[0])
                                 .json[QLatin1String("room")]
                                 .toObject();
    const QString epoch = room[QLatin1String("epoch")].toString();
    for (const QString &text : {QStringLiteral("one"), QStringLiteral("two")}) {
        send(sockets[0], text);
        for (WebSocketClient &socket : sockets)
            QVERIFY(!socket.next(isMessage(text)).isEmpty());
    }
    const QString said = m_server.ask(m_database,
        QStringLiteral("DELETE FROM events; UPDATE rooms SET last_seq = 0; "
                       "UPDATE room_heads SET last_seq = 0; DELETE FROM meta WHERE key = 'epoch'"));
    QVERIFY2(said.endsWith(QLatin1String("DELETE 1")), qPrintable(said));
    for (WebSocketClient &socket : sockets) {
        QVERIFY(!socket.next(QStringLiteral("going_away")).isEmpty());
        QVERIFY(socket.closeCode() != 0); // 1012, which Qt's client takes for a protocol error
    }

    std::array<WebSocketClient, 2> again;
    QStringList epochs;
    for (int i = 0; i < 2; ++i) {
        WebSocketClient &socket = again[size_t(i)];
        QVERIFY(socket.open(node(i).webSocketUrl(QStringLiteral("/ws/v1")), users[size_t(i)].token));
        socket.send({{QStringLiteral("type"), QStringLiteral("hello")},
            {QStringLiteral("resume"),
                QJsonArray{QJsonObject{{QStringLiteral("room"), lobby}, {QStringLiteral("epoch"), epoch},
                    {QStringLiteral("seq"), 2}}}}});
        epochs.append(
            socket.next(QStringLiteral("reset"))[QLatin1String("room")][QLatin1String("epoch")].toString());
    }
    QVERIFY(!epochs[0].isEmpty());
    QVERIFY(epochs[0] != epoch);
    QCOMPARE(epochs[1], epochs[0]);
    for (int i = 0; i < 2; ++i) {
        const QString text = QStringLiteral("anew %1").arg(i);
        send(again[size_t(i)], text);
        for (WebSocketClient &socket : again) {
            const QJsonObject event = socket.next(isMessage(text))[QLatin1String("event")].toObject();
            QCOMPARE(event[QLatin1String("seq")].toInteger(), i + 1);
        }
    }
}

/// A node of a later version has brought the schema further, beside nodes of this one.
void NodesTest::aLaterSchemaIsUsedAsFarAsItAllows()
{
    const std::array<TestUser, 2> users{userOn(0, QStringLiteral("ann")), userOn(1, QStringLiteral("ben"))};
    WebSocketClient ann;
    QVERIFY(open(ann, 0, users[0]));
    const auto say = [&](int number, const QString &text) {
        const HttpAnswer answer = call(number, "POST", QStringLiteral("/api/v1/rooms/lobby/messages"),
            users[size_t(number)], {{QStringLiteral("text"), text}});
        return answer.status == 201 && !ann.next(isMessage(text)).isEmpty();
    };
    QVERIFY(say(0, QStringLiteral("before")));
    const int own =
        m_server.ask(m_database, QStringLiteral("SELECT max(version) FROM schema_version")).toInt();
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT value FROM meta WHERE key = 'schema_min'")),
        QString::number(own));
    // Every table has a column more, and there is another table.
    const QString done = m_server.ask(m_database,
        QStringLiteral("BEGIN; DO $$ DECLARE t name; BEGIN FOR t IN SELECT tablename FROM pg_tables "
                       "WHERE schemaname = 'public' LOOP EXECUTE format("
                       "'ALTER TABLE %I ADD COLUMN later text NOT NULL DEFAULT ''x''', t); END LOOP; END $$; "
                       "CREATE TABLE later_things (id bigint PRIMARY KEY); "
                       "INSERT INTO schema_version (version, name, applied_at) VALUES (%1 + 1, 'later', 0); "
                       "UPDATE meta SET value = '%1' WHERE key = 'schema_min'; COMMIT")
            .arg(own));
    QVERIFY2(done.endsWith(QLatin1String("COMMIT")), qPrintable(done));
    for (int number : {0, 1})
        QVERIFY(say(number, QStringLiteral("beside it %1").arg(number)));
    QCOMPARE(node(1).terminate(), 0);
    QVERIFY2(node(1).start(), node(1).log());
    QVERIFY2(node(1).log().contains("by a newer rookeryd"), node(1).log());
    for (int number : {0, 1})
        QVERIFY(say(number, QStringLiteral("restarted %1").arg(number)));
    QVERIFY(!userOn(1, QStringLiteral("cem")).token.isEmpty());
    for (int number : {0, 1})
        QVERIFY2(!node(number).log().contains("failed"), node(number).log());

    // The next one takes away what this version needs, and says so.
    m_server.ask(
        m_database, QStringLiteral("UPDATE meta SET value = '%1' WHERE key = 'schema_min'").arg(own + 1));
    QCOMPARE(node(1).terminate(), 0);
    QVERIFY(!node(1).start());
    QVERIFY2(node(1).log().contains("was written by a newer one"), node(1).log());
}

void NodesTest::aNodeWithAnotherKeyIsRefused()
{
    const auto other = newNode(QStringLiteral("another.key"));
    QVERIFY(!other->start());
    QVERIFY2(other->log().contains("auth.signing_key_file"), other->log());
}

void NodesWithRedisTest::withoutRedisNothingIsLost_data()
{
    QTest::addColumn<QString>("fault");
    for (const char *fault : {"killed", "frozen", "cut", "subscribers cut", "paused", "flushed"})
        QTest::newRow(fault) << QString::fromLatin1(fault);
}

void NodesWithRedisTest::withoutRedisNothingIsLost()
{
    QFETCH(QString, fault);
    const TestUser ann = userOn(0, QStringLiteral("ann"));
    const TestUser ben = userOn(1, QStringLiteral("ben"));
    WebSocketClient here;
    WebSocketClient there;
    QVERIFY(open(here, 0, ann));
    QVERIFY(open(there, 1, ben));
    const auto say = [&](int node, const TestUser &user, const QString &text) {
        return call(node, "POST", QStringLiteral("/api/v1/rooms/lobby/messages"), user,
                   {{QStringLiteral("text"), text}})
                   .status
            == 201;
    };
    // Who listens to no room, and is told of nothing but direct messages.
    WebSocketClient quiet;
    QVERIFY(quiet.open(node(1).webSocketUrl(QStringLiteral("/")), ben.token));
    QVERIFY(say(0, ann, QStringLiteral("before")));
    QVERIFY(!there.next(isMessage(QStringLiteral("before"))).isEmpty());
    if (fault == QLatin1String("killed"))
        m_redis->kill();
    else if (fault == QLatin1String("frozen"))
        m_redis->freeze();
    else if (fault == QLatin1String("paused"))
        m_redis->ask({QStringLiteral("CLIENT"), QStringLiteral("PAUSE"), QStringLiteral("4000")});
    else if (fault == QLatin1String("flushed"))
        m_redis->ask({QStringLiteral("FLUSHALL")});
    else if (fault == QLatin1String("subscribers cut"))
        m_redis->ask({QStringLiteral("CLIENT"), QStringLiteral("KILL"), QStringLiteral("TYPE"),
            QStringLiteral("pubsub")});
    else
        m_redis->ask({QStringLiteral("CLIENT"), QStringLiteral("KILL"), QStringLiteral("TYPE"),
            QStringLiteral("normal")});
    for (int i = 0; i < 5; ++i) {
        const QString text = QStringLiteral("%1 %2").arg(fault).arg(i);
        QVERIFY(say(i % 2, i % 2 == 0 ? ann : ben, text));
        QVERIFY2(!(i % 2 == 0 ? there : here).next(isMessage(text)).isEmpty(), qPrintable(text));
        QCOMPARE(call(0, "POST", QStringLiteral("/api/messages"), ann,
                     {{QStringLiteral("senderId"), ann.id}, {QStringLiteral("receiverId"), ben.id},
                         {QStringLiteral("message"), text}})
                     .status,
            200);
    }
    // What was said again may come behind what was said later.
    QSet<QString> told;
    QSet<QString> said;
    for (int i = 0; i < 5; ++i) {
        said.insert(QStringLiteral("%1 %2").arg(fault).arg(i));
        told.insert(quiet.next(QStringLiteral("direct_message"))[QLatin1String("message")].toString());
    }
    QCOMPARE(told, said);
    if (m_redis->isRunning())
        m_redis->thaw();
    else
        QVERIFY2(m_redis->start(), qPrintable(m_redis->why()));
    for (int i = 0; i < 5; ++i) {
        const QString text = QStringLiteral("after %1 %2").arg(fault).arg(i);
        QVERIFY(say(i % 2, i % 2 == 0 ? ann : ben, text));
        QVERIFY2(!(i % 2 == 0 ? there : here).next(isMessage(text)).isEmpty(), qPrintable(text));
    }
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    if (qgetenv("ROOKERY_TEST_BUS") == "redis") {
        NodesWithRedisTest test;
        return QTest::qExec(&test, argc, argv);
    }
    NodesTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_nodes.moc"
