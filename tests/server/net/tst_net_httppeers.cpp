// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/turnshares.h"
#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/requests.h"
#include "tests/server/net/testserver.h"
#include "tests/wire/rawclient.h"

#include <QElapsedTimer>
#include <QTest>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;
using rookery::test::Answer;
using rookery::test::RawClient;
using namespace std::chrono_literals;

namespace {

/// A loopback address in another network, by TurnShares, than 127.0.0.1.
QHostAddress addressOfAnotherPlace()
{
    const quint32 here = QHostAddress(QHostAddress::LocalHost).toIPv4Address();
    for (quint32 other = here + 0x100;; ++other) {
        if (TurnShares::placeOf(QHostAddress(other)) != TurnShares::placeOf(QHostAddress(here)))
            return QHostAddress(other);
    }
}

} // namespace

/// Clients that are slow, disconnect, or are too many, over real sockets.
class TestHttpPeers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void slowHead();
    void slowBody();
    void silentConnection();
    void idleConnection();
    void stalledReader();
    void stalledReadersTogether();
    void stalledReadersMakeRoomForOtherNetworks();
    void invalidRequestsWaitForTheirShare();
    void slowReaderOfTheLastAnswer();
    void clientLeavesDuringAnAnswer_data();
    void clientLeavesDuringAnAnswer();
    void halfClose();
    void endsInsideARequest();
    void serverGoesDuringAnAnswer();
    void quotaPerAddress();
    void quotaInAll();
};

void TestHttpPeers::slowHead()
{
    TestServer server(quickLimits());
    RawClient client(server.url());
    client.send("GET / HTTP/1.1\r\nHost:");
    QCOMPARE(client.answer().status, 408);
    QVERIFY(client.waitForEnd());
}

void TestHttpPeers::slowBody()
{
    Limits limits = quickLimits();
    limits.headerTime = 60s;
    TestServer server(limits);
    RawClient client(server.url());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
    QCOMPARE(client.answer().status, 408);
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handled().isEmpty());
}

void TestHttpPeers::silentConnection()
{
    TestServer server(quickLimits());
    RawClient client(server.url());
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().isEmpty());
}

void TestHttpPeers::idleConnection()
{
    Limits limits = quickLimits();
    limits.headerTime = 60s;
    TestServer server(limits);
    RawClient client(server.url());
    client.send(get("/hello"));
    QCOMPARE(client.answer().status, 200);
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().isEmpty());
}

void TestHttpPeers::stalledReader()
{
    TestServer server(quickLimits());
    RawClient client(server.url());
    client.socket().setReadBufferSize(1000);
    client.send(get("/large/30000000"));
    QTRY_COMPARE(server.handled().size(), 1);
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

/// A peer that reads the last answer slowly gets the whole of it, though the connection is to be closed after
/// it.
void TestHttpPeers::slowReaderOfTheLastAnswer()
{
    TestServer server;
    RawClient client(server.url());
    client.socket().setReadBufferSize(64 * 1024);
    client.send("GET /large/3000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    QTRY_COMPARE(server.handled().size(), 1);
    // Past the time that a peer has for leaving; it still takes some of it now and then.
    QByteArray received;
    QElapsedTimer since;
    since.start();
    while (since.elapsed() < 4000) {
        QTest::qWait(250);
        received += client.socket().read(64 * 1024);
    }
    QVERIFY(received.size() < 3'000'000);
    client.socket().setReadBufferSize(0);
    QVERIFY(QTest::qWaitFor([&] {
        received += client.socket().readAll();
        return client.socket().state() == QAbstractSocket::UnconnectedState;
    }));
    received += client.socket().readAll();
    QVERIFY2(received.size() > 3'000'000, QByteArray::number(received.size()));
}

/// THREATS 23: no one of them is too slow yet, but together they would keep 320 MB.
void TestHttpPeers::stalledReadersTogether()
{
    constexpr int count = 40;
    constexpr int bytes = 8'000'000;
    constexpr int most = 64 * 1024 * 1024 / bytes;
    TestServer server;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.url()));
        RawClient &client = *clients.back();
        client.socket().setReadBufferSize(1000);
        client.send(get("/large/" + QByteArray::number(bytes)));
        // The next one asks when this one is known to stand still, or has been answered in vain.
        QTRY_VERIFY(client.socket().bytesAvailable() > 0 || !client.connected());
    }
    QTRY_VERIFY(server.server().connectionCount() <= most + 1);
    QVERIFY(server.server().connectionCount() >= most - 1);
    // Who came last has lost nothing, and others are served.
    clients.back()->socket().setReadBufferSize(0);
    QCOMPARE(clients.back()->answer().body.size(), bytes);
    RawClient other(server.url());
    other.send(get("/hello"));
    QCOMPARE(other.answer().body, "hello");
}

/// THREATS 23 and 31: those who come again and again from one network drive nobody else out, although the
/// others have been there for longer.
void TestHttpPeers::stalledReadersMakeRoomForOtherNetworks()
{
    constexpr int count = 40;
    constexpr int bytes = 8'000'000;
    TestServer server;
    RawClient patient(server.url());
    patient.socket().setReadBufferSize(1000);
    patient.send(get("/large/" + QByteArray::number(bytes)));
    QTRY_VERIFY(patient.socket().bytesAvailable() > 0);
    const QHostAddress elsewhere = addressOfAnotherPlace();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.url(), elsewhere));
        RawClient &client = *clients.back();
        client.socket().setReadBufferSize(1000);
        client.send(get("/large/" + QByteArray::number(bytes)));
        QTRY_VERIFY(client.socket().bytesAvailable() > 0 || !client.connected());
    }
    QTRY_VERIFY(server.server().connectionCount() < count / 2); // some were driven out
    patient.socket().setReadBufferSize(0);
    QCOMPARE(patient.answer().body.size(), bytes);
}

/// What is invalid is no cheaper way to a thread's time (THREATS 31).
void TestHttpPeers::invalidRequestsWaitForTheirShare()
{
    constexpr int count = 100;
    TestServer server;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.url()));
        clients.back()->socket().write("GET nowhere\r\n\r\n");
    }
    for (const auto &client : clients) {
        QCOMPARE(client->answer().status, 400);
        QVERIFY(client->waitForEnd());
    }
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestHttpPeers::clientLeavesDuringAnAnswer_data()
{
    QTest::addColumn<bool>("abruptly");

    QTest::newRow("closed") << false;
    QTest::newRow("reset") << true;
}

void TestHttpPeers::clientLeavesDuringAnAnswer()
{
    QFETCH(bool, abruptly);
    TestServer server;
    {
        RawClient held(server.url());
        RawClient later(server.url());
        held.send(get("/held") + get("/hello"));
        later.send(get("/later"));
        QTRY_COMPARE(server.handled().size(), 2);
        for (RawClient *client : {&held, &later}) {
            if (abruptly)
                client->socket().abort();
            else
                client->socket().disconnectFromHost();
        }
    }
    QCOMPARE(server.held(), 1);
    server.answerHeld(QByteArray(1'000'000, 'x'));
    QTRY_COMPARE(server.server().connectionCount(), 0);

    RawClient next(server.url());
    next.send(get("/hello"));
    QCOMPARE(next.answer().body, "hello");
}

void TestHttpPeers::halfClose()
{
    TestServer server;
    RawClient client(server.url());
    client.send(get("/later") + get("/hello"));
    client.endSending();
    QCOMPARE(client.answer().body, "later");
    QCOMPARE(client.answer().body, "hello");
    QVERIFY(client.waitForEnd());
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestHttpPeers::endsInsideARequest()
{
    TestServer server;
    RawClient client(server.url());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    client.endSending();
    QCOMPARE(client.answer().status, 400);
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handled().isEmpty());
}

void TestHttpPeers::serverGoesDuringAnAnswer()
{
    TestServer server;
    RawClient client(server.url());
    client.send(get("/held"));
    QTRY_COMPARE(server.held(), 1);
    server.destroy();
    QVERIFY(client.waitForEnd());
}

void TestHttpPeers::quotaPerAddress()
{
    Limits limits;
    limits.connectionsPerAddress = 2;
    TestServer server(limits);
    auto first = std::make_unique<RawClient>(server.url());
    RawClient second(server.url());
    QTRY_COMPARE(server.server().connectionCount(), 2);
    RawClient third(server.url());
    third.send(get("/hello"));
    const Answer answer = third.answer();
    QCOMPARE(answer.status, 429);
    QVERIFY(answer.header("retry-after").toInt() > 0);
    QVERIFY(third.waitForEnd());
    QVERIFY(server.handled().isEmpty());

    first.reset();
    QTRY_COMPARE(server.server().connectionCount(), 1);
    RawClient fourth(server.url());
    fourth.send(get("/hello"));
    QCOMPARE(fourth.answer().status, 200);
}

void TestHttpPeers::quotaInAll()
{
    Limits limits;
    limits.connections = 1;
    TestServer server(limits);
    RawClient first(server.url());
    QTRY_COMPARE(server.server().connectionCount(), 1);
    RawClient second(server.url());
    QCOMPARE(second.answer().status, 503);
    QVERIFY(second.waitForEnd());
    first.send(get("/hello"));
    QCOMPARE(first.answer().status, 200);
}

ROOKERY_DISPATCHER_TEST_MAIN(TestHttpPeers)
#include "tst_net_httppeers.moc"
