// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that lose PostgreSQL: one alone, whose clients have to go to the others, or all of them, whose clients stay.

#include "tests/faults/proxy/faultproxy.h"
#include "tests/support/postgresserver.h"
#include "tests/support/redisserver.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <memory>

using namespace rookery::test;
using rookery::faults::Direction;
using rookery::faults::FaultProxy;

namespace {

const QString meetingRoom = QStringLiteral("lobby");
const QStringList forSpeed{QStringLiteral("fsync=off")};

WebSocketClient::Predicate saysText(const QString &text)
{
    return [text](const QJsonObject &frame) {
        return frame[QLatin1String("event")][QLatin1String("text")].toString() == text;
    };
}

} // namespace

class CutOffTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanup();

    void aNodeThatIsCutOffSendsItsClientsAway_data();
    void aNodeThatIsCutOffSendsItsClientsAway();
    void clientsStayWhereItIsAwayForAll_data();
    void clientsStayWhereItIsAwayForAll();
    void aNodeAloneKeepsItsClients();

private:
    struct Place
    {
        FaultProxy postgres; ///< between the node and PostgreSQL
        std::unique_ptr<TestDaemon> daemon;
    };
    void startNodes(bool withRedis);
    TestDaemon &node(int number) { return *m_places[size_t(number)]->daemon; }
    /// A socket that has said hello and is subscribed to the lobby.
    bool open(WebSocketClient &socket, int number, const TestUser &user);
    bool subscribe(WebSocketClient &socket);
    void say(WebSocketClient &socket, const QString &text);
    int health(int number);
    /// Each I/O thread asks for itself.
    bool waitForHealth(int number);

    PostgresServer m_server;
    RedisServer m_redis;
    std::unique_ptr<QTemporaryDir> m_keys;
    QString m_database;
    std::array<std::unique_ptr<Place>, 2> m_places;
};

void CutOffTest::initTestCase()
{
    m_server.setPort(RedisServer::freePort());
    QVERIFY2(m_server.start(forSpeed), qPrintable(m_server.why()));
    QVERIFY2(m_redis.start(), qPrintable(m_redis.why()));
}

void CutOffTest::cleanup()
{
    if (m_server.isRunning())
        m_server.thaw();
    else
        QVERIFY2(m_server.start(forSpeed), qPrintable(m_server.why()));
    for (auto &place : m_places)
        place.reset();
}

void CutOffTest::startNodes(bool withRedis)
{
    m_keys = std::make_unique<QTemporaryDir>();
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    for (auto &place : m_places) {
        place = std::make_unique<Place>();
        place->postgres.setTarget(m_server.port());
        QMap<QString, QString> environment{
            {QStringLiteral("ROOKERY_STORAGE_URL"),
                QStringLiteral("postgresql://rookery@127.0.0.1:%1/%2?sslmode=disable")
                    .arg(place->postgres.port())
                    .arg(m_database)},
            {QStringLiteral("ROOKERY_AUTH_SIGNING_KEY_FILE"), m_keys->filePath(QStringLiteral("key"))},
            {QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")}};
        if (withRedis)
            environment.insert(
                QStringLiteral("ROOKERY_BUS_URL"), QStringLiteral("redis+unix://") + m_redis.socket());
        place->daemon = std::make_unique<TestDaemon>(QStringList(), environment);
        QVERIFY2(place->daemon->start(), place->daemon->log());
    }
}

bool CutOffTest::open(WebSocketClient &socket, int number, const TestUser &user)
{
    if (!socket.open(node(number).webSocketUrl(QStringLiteral("/ws/v1")), user.token))
        return false;
    socket.send(
        {{QStringLiteral("type"), QStringLiteral("hello")}, {QStringLiteral("resume"), QJsonArray()}});
    return !socket.next(QStringLiteral("hello")).isEmpty() && subscribe(socket);
}

bool CutOffTest::subscribe(WebSocketClient &socket)
{
    socket.send(
        {{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("room"), meetingRoom}});
    return !socket.next(QStringLiteral("subscribed")).isEmpty();
}

void CutOffTest::say(WebSocketClient &socket, const QString &text)
{
    socket.send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("room"), meetingRoom},
        {QStringLiteral("text"), text}});
}

int CutOffTest::health(int number)
{
    return request("GET", node(number).url().resolved(QUrl(QStringLiteral("/health")))).status;
}

bool CutOffTest::waitForHealth(int number)
{
    constexpr int timeout = 30'000; // ms
    constexpr int inARow = 10; // of requests on connections of their own
    return QTest::qWaitFor(
        [&] {
            for (int i = 0; i < inARow; ++i) {
                if (health(number) != 200)
                    return false;
            }
            return true;
        },
        timeout);
}

void CutOffTest::aNodeThatIsCutOffSendsItsClientsAway_data()
{
    QTest::addColumn<bool>("withRedis");
    // The other node is heard, and says that PostgreSQL answers it.
    QTest::newRow("with a Redis") << true;
    // It is not heard any more.
    QTest::newRow("without a Redis") << false;
}

void CutOffTest::aNodeThatIsCutOffSendsItsClientsAway()
{
    QFETCH(const bool, withRedis);
    startNodes(withRedis);
    const TestUser ann = registerUser(node(0).url(), QStringLiteral("ann"));
    const TestUser ben = registerUser(node(1).url(), QStringLiteral("ben"));
    std::array<WebSocketClient, 3> here;
    WebSocketClient there;
    for (WebSocketClient &socket : here)
        QVERIFY(open(socket, 0, ann));
    QVERIFY(open(there, 1, ben));
    // Each has heard of the other one.
    say(there, QStringLiteral("before"));
    for (WebSocketClient &socket : here)
        QVERIFY(!socket.next(saysText(QStringLiteral("before"))).isEmpty());
    QCOMPARE(health(0), 200);

    FaultProxy &between = m_places[0]->postgres;
    between.hold(Direction::ToServer);
    between.hold(Direction::ToClient);
    QTRY_COMPARE_WITH_TIMEOUT(health(0), 503, 5'000);
    for (WebSocketClient &socket : here) {
        QVERIFY(!socket.next(QStringLiteral("going_away")).isEmpty());
        QVERIFY(socket.closeCode() != 0); // 1012, which Qt's client takes for a protocol error
    }
    WebSocketClient tooEarly;
    QVERIFY(!tooEarly.open(node(0).webSocketUrl(QStringLiteral("/ws/v1")), ann.token));
    // They go on elsewhere, and who was there notices nothing.
    WebSocketClient moved;
    QVERIFY(open(moved, 1, ann));
    say(moved, QStringLiteral("meanwhile"));
    QVERIFY(!there.next(saysText(QStringLiteral("meanwhile"))).isEmpty());
    QCOMPARE(health(1), 200);

    between.release();
    between.cutAll(rookery::faults::Cut::Reset);
    QVERIFY(waitForHealth(0));
    WebSocketClient again;
    QTRY_VERIFY_WITH_TIMEOUT(node(0).log().contains("takes clients again"), 15'000);
    QVERIFY(open(again, 0, ann));
    say(there, QStringLiteral("after"));
    QVERIFY(!again.next(saysText(QStringLiteral("after"))).isEmpty());
    QVERIFY(!node(1).log().contains("sent away"));
}

void CutOffTest::clientsStayWhereItIsAwayForAll_data()
{
    QTest::addColumn<bool>("frozen");
    QTest::newRow("frozen") << true;
    QTest::newRow("crashed") << false;
}

void CutOffTest::clientsStayWhereItIsAwayForAll()
{
    QFETCH(const bool, frozen);
    startNodes(true);
    std::array<WebSocketClient, 2> sockets;
    for (int i = 0; i < 2; ++i)
        QVERIFY(open(sockets[size_t(i)], i, registerUser(node(i).url(), QStringLiteral("user%1").arg(i))));
    if (frozen)
        m_server.freeze();
    else
        m_server.crash();
    // These are given up after more than five seconds: a node that took itself for cut off had closed them by then.
    for (WebSocketClient &socket : sockets)
        say(socket, QStringLiteral("lost"));
    for (WebSocketClient &socket : sockets) {
        const QJsonObject error = socket.next(QStringLiteral("error"));
        QCOMPARE(error[QLatin1String("code")].toString(), QStringLiteral("storage_unavailable"));
    }
    for (int i = 0; i < 2; ++i)
        QCOMPARE(health(i), 503);
    if (frozen)
        m_server.thaw();
    else
        QVERIFY2(m_server.start(forSpeed), qPrintable(m_server.why()));
    for (int i = 0; i < 2; ++i) {
        QVERIFY(waitForHealth(i));
        QVERIFY(subscribe(sockets[size_t(i)]));
    }
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(sockets[size_t(i)].socket().state(), QAbstractSocket::ConnectedState);
        QVERIFY2(!node(i).log().contains("sent away"), node(i).log());
    }
}

/// Without another node there is nowhere to go.
void CutOffTest::aNodeAloneKeepsItsClients()
{
    startNodes(false);
    QCOMPARE(node(1).terminate(), 0);
    WebSocketClient socket;
    QVERIFY(open(socket, 0, registerUser(node(0).url(), QStringLiteral("ann"))));
    FaultProxy &between = m_places[0]->postgres;
    between.hold(Direction::ToServer);
    between.hold(Direction::ToClient);
    say(socket, QStringLiteral("lost"));
    const QJsonObject error = socket.next(QStringLiteral("error"));
    QCOMPARE(error[QLatin1String("code")].toString(), QStringLiteral("storage_unavailable"));
    between.release();
    between.cutAll(rookery::faults::Cut::Reset);
    QVERIFY(waitForHealth(0));
    QVERIFY2(!node(0).log().contains("sent away"), node(0).log());
    QVERIFY2(subscribe(socket), node(0).log());
}

QTEST_GUILESS_MAIN(CutOffTest)
#include "tst_cutoff.moc"
