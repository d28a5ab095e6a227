// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/echoserver.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QSignalSpy>
#include <QTest>
#include <QWebSocket>
#include <QWebSocketHandshakeOptions>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;
using rookery::test::Answer;
using rookery::test::RawClient;
using namespace std::chrono_literals;

/// WebSocket handshakes: a client that sends exact bytes, and Qt's as an independent one.
class TestWebSocketHandshake : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answersTheHandshake();
    void tellsTheHandshake();
    void refusesHandshakes_data();
    void refusesHandshakes();
    void withoutAFilter();
    void subprotocol_data();
    void subprotocol();
    void afterOtherRequests();
    void framesInTheHandshakesPacket();
    void qtClient();
    void qtClientWithSubprotocol();
    void qtClientInCompany();
};

void TestWebSocketHandshake::answersTheHandshake()
{
    EchoServer server;
    RawClient client(server.url());
    client.send(handshake());
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 101);
    QCOMPARE(answer.header("upgrade").toLower(), "websocket");
    QCOMPARE(answer.header("connection").toLower(), "upgrade");
    QCOMPARE(answer.header("sec-websocket-accept"), webSocketAccept);
    QVERIFY(answer.header("sec-websocket-protocol").isEmpty());
    QVERIFY(answer.header("sec-websocket-extensions").isEmpty());
    QVERIFY(!answer.head.contains("Access-Control"));
    QTRY_COMPARE(server.opened(), 1);
}

void TestWebSocketHandshake::tellsTheHandshake()
{
    EchoServer server;
    RawClient client(server.url());
    client.send(handshake("/ws/?token=t",
        "Origin: http://o\r\nCookie: c=1\r\nSec-WebSocket-Extensions: "
        "permessage-deflate\r\n"));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 101);
    QVERIFY(answer.header("sec-websocket-extensions").isEmpty());
    QTRY_COMPARE(server.opened(), 1);
    const Handshake &seen = *server.told;
    QCOMPARE(seen.path, QStringLiteral("/ws"));
    QCOMPARE(seen.query.queryItemValue(QStringLiteral("token")), QStringLiteral("t"));
    QCOMPARE(seen.origin, "http://o");
    QCOMPARE(seen.cookie, "c=1");
    QCOMPARE(seen.peer.address, QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(seen.peer.port, client.socket().localPort());
    QVERIFY(!seen.peer.secure);
}

void TestWebSocketHandshake::refusesHandshakes_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<int>("status");

    QTest::newRow("foreign origin") << handshake("/ws", "Origin: http://foreign\r\n") << 403;
    QTest::newRow("no such path") << handshake("/nothing") << 404;
    QTest::newRow("version") << handshake("/ws", {}, "8") << 426;
    QTest::newRow("key") << handshake().replace(webSocketKey, "short") << 400;
    QTest::newRow("no Connection") << handshake().replace("Connection: Upgrade\r\n", "") << 400;
    QTest::newRow("POST") << handshake().replace("GET", "POST") << 400;
}

void TestWebSocketHandshake::refusesHandshakes()
{
    QFETCH(QByteArray, sent);
    QFETCH(int, status);
    EchoServer server;
    RawClient client(server.url());
    client.send(sent + text("hello"));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.header("content-type"), "application/problem+json");
    QCOMPARE(answer.header("connection"), status == 426 ? "Upgrade, close" : "close");
    QCOMPARE(QJsonDocument::fromJson(answer.body)[QStringLiteral("status")].toInt(), status);
    if (status == 426) {
        QCOMPARE(answer.header("sec-websocket-version"), "13");
        QCOMPARE(answer.header("upgrade"), "websocket");
    }
    QVERIFY(client.waitForEnd());
    QCOMPARE(server.opened(), 0);
}

void TestWebSocketHandshake::withoutAFilter()
{
    TestServer server;
    RawClient client(server.url());
    client.send(handshake());
    QCOMPARE(client.answer().status, 404);
}

void TestWebSocketHandshake::subprotocol_data()
{
    QTest::addColumn<QByteArray>("offered");
    QTest::addColumn<QByteArray>("chosen");

    QTest::newRow("none") << QByteArray() << QByteArray();
    QTest::newRow("bearer with its token")
        << QByteArray("Sec-WebSocket-Protocol: bearer, ey.J.x-_\r\n") << QByteArray("bearer");
    QTest::newRow("others") << QByteArray("Sec-WebSocket-Protocol: chat, superchat\r\n") << QByteArray();
}

void TestWebSocketHandshake::subprotocol()
{
    QFETCH(QByteArray, offered);
    EchoServer server;
    RawClient client(server.url());
    client.send(handshake("/ws", offered));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 101);
    QTEST(answer.header("sec-websocket-protocol"), "chosen");
    QVERIFY(!answer.head.contains("ey.J"));
}

void TestWebSocketHandshake::afterOtherRequests()
{
    EchoServer server;
    RawClient client(server.url());
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n" + handshake());
    QCOMPARE(client.answer().body, "hello");
    QCOMPARE(client.answer().status, 101);
    client.send(text("a"));
    QCOMPARE(client.take(3), serverText("a"));
}

void TestWebSocketHandshake::framesInTheHandshakesPacket()
{
    EchoServer server;
    RawClient client(server.url());
    client.send(handshake() + text("a") + text("b"));
    QCOMPARE(client.answer().status, 101);
    QCOMPARE(client.take(6), serverText("a") + serverText("b"));
}

void TestWebSocketHandshake::qtClient()
{
    Limits limits;
    limits.pingInterval = 50ms;
    limits.pongTimeout = 300ms;
    EchoServer server(limits);
    QWebSocket client;
    QSignalSpy connected(&client, &QWebSocket::connected);
    QSignalSpy received(&client, &QWebSocket::textMessageReceived);
    QSignalSpy pong(&client, &QWebSocket::pong);
    QSignalSpy disconnected(&client, &QWebSocket::disconnected);
    client.open(server.webSocketUrl());
    QVERIFY(connected.wait());
    const QString message = QStringLiteral("grüße 🐦 ").repeated(2000);
    client.sendTextMessage(message);
    QVERIFY(received.wait());
    QCOMPARE(received.first().first().toString(), message);
    client.ping("x");
    QVERIFY(pong.wait());

    // It answers pings, so it lives longer than pongTimeout.
    QTest::qWait(600);
    QCOMPARE(client.state(), QAbstractSocket::ConnectedState);

    server.socket()->close(CloseCode::SlowReader, QStringLiteral("test"));
    QVERIFY(disconnected.wait());
    QCOMPARE(int(client.closeCode()), 4008);
    QCOMPARE(client.closeReason(), QStringLiteral("test"));
    QTRY_COMPARE(server.closed(), QList<quint16>{4008});
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestWebSocketHandshake::qtClientWithSubprotocol()
{
    EchoServer server;
    QWebSocket client;
    QSignalSpy connected(&client, &QWebSocket::connected);
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({QStringLiteral("bearer"), QStringLiteral("ey.J.x")});
    client.open(server.webSocketUrl(), options);
    QVERIFY(connected.wait());
    QCOMPARE(client.subprotocol(), QStringLiteral("bearer"));
    QCOMPARE(server.last->subprotocols, QByteArrayList({"bearer", "ey.J.x"}));
}

void TestWebSocketHandshake::qtClientInCompany()
{
    EchoServer server;
    server.echo = false;
    std::vector<std::unique_ptr<QWebSocket>> clients;
    int received = 0;
    constexpr int count = 100; // more than QWebSocketServer keeps waiting
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<QWebSocket>());
        connect(clients.back().get(), &QWebSocket::textMessageReceived, this, [&received] { ++received; });
        clients.back()->open(server.webSocketUrl());
    }
    QTRY_COMPARE(server.opened(), count);
    server.sendToAll(messageFrame("to all"));
    QTRY_COMPARE(received, count);
    clients.clear();
    QTRY_COMPARE(server.closed().size(), count);
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

ROOKERY_DISPATCHER_TEST_MAIN(TestWebSocketHandshake)
#include "tst_net_websockethandshake.moc"
