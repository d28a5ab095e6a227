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
using rookery::test::RawClient;
using namespace std::chrono_literals;

/// Open WebSockets over real connections: a client that sends exact bytes.
class TestWebSocketConnection : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void echoes_data();
    void echoes();
    void pings();
    void refusesFrames_data();
    void refusesFrames();
    void refusalIsReadThroughATorrent();

    void clientCloses_data();
    void clientCloses();
    void serverCloses();
    void serverClosesAndTheClientSaysNothing();
    void cutsTheReason();
    void clientVanishes_data();
    void clientVanishes();
    void sendsBehindClose();

    void slowReader();
    void slowReaderWhoComesBack_data();
    void slowReaderWhoComesBack();
    void messageLargerThanTheBound();
    void messageAsLargeAsMayComeIn();
    void fastReaderOfMuch();
    void drained();
    void sendersLoopIsUndisturbed();
    void heartbeat();
    void deadPeer();

    void stopAccepting();
    void serverGoes();
};

void TestWebSocketConnection::echoes_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<QByteArray>("received");
    QTest::addColumn<bool>("bytewise");

    const QByteArray bird("\xf0\x9f\x90\xa6");
    const QByteArray bom("\xef\xbb\xbf");
    for (const bool bytewise : {false, true}) {
        const auto row = [bytewise](const char *name) -> QTestData & {
            return QTest::addRow("%s%s", name, bytewise ? ", a byte at a time" : "");
        };
        row("text") << text("hello") << serverText("hello") << bytewise;
        row("empty") << text({}) << serverText({}) << bytewise;
        row("126 bytes") << text(QByteArray(126, 'a')) << serverText(QByteArray(126, 'a')) << bytewise;
        row("leading BOM") << text(bom + "a") << serverText(bom + "a") << bytewise;
        row("a character in four fragments")
            << frame(textFrame, bird.first(1)) + frame(continuation, bird.mid(1, 1))
                + frame(continuation, bird.mid(2, 1)) + frame(fin | continuation, bird.last(1))
            << serverText(bird) << bytewise;
        row("a ping between fragments")
            << frame(textFrame, "a") + frame(fin | pingFrame, "p") + frame(fin | continuation, "b")
            << unmasked(fin | pongFrame, "p") + serverText("ab") << bytewise;
    }
    QTest::newRow("the largest message")
        << text(QByteArray(65536, 'a')) << serverText(QByteArray(65536, 'a')) << false;
    QTest::newRow("many") << text("0123456789").repeated(10'000) << serverText("0123456789").repeated(10'000)
                          << false;
}

void TestWebSocketConnection::echoes()
{
    QFETCH(QByteArray, sent);
    QFETCH(QByteArray, received);
    QFETCH(bool, bytewise);
    EchoServer server;
    const auto client = upgraded(server);
    if (bytewise)
        client->sendBytewise(sent);
    else
        client->send(sent);
    QCOMPARE(client->take(received.size()), received);
    client->send(frame(fin | closeFrame, closePayload(1000)));
    QVERIFY(client->waitForEnd());
    QCOMPARE(client->received(), unmasked(fin | closeFrame, closePayload(1000)));
}

void TestWebSocketConnection::pings()
{
    EchoServer server;
    const auto client = upgraded(server);
    client->send(frame(fin | pongFrame, "unasked") + frame(fin | pingFrame, {})
        + frame(fin | pingFrame, "\xff") + text("a"));
    QCOMPARE(
        client->take(8), unmasked(fin | pongFrame, {}) + unmasked(fin | pongFrame, "\xff") + serverText("a"));
}

void TestWebSocketConnection::refusesFrames_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<quint16>("code");

    QTest::newRow("unmasked") << unmasked(fin | textFrame, "a") << quint16(1002);
    QTest::newRow("reserved bit") << frame(fin | 0x40 | textFrame, "a") << quint16(1002);
    QTest::newRow("reserved opcode") << frame(fin | 3, "a") << quint16(1002);
    QTest::newRow("fragmented ping") << frame(pingFrame, "a") << quint16(1002);
    QTest::newRow("long ping") << frame(fin | pingFrame, QByteArray(126, 'a')) << quint16(1002);
    QTest::newRow("nothing to continue") << frame(fin | continuation, "a") << quint16(1002);
    QTest::newRow("bad close code") << frame(fin | closeFrame, closePayload(1005)) << quint16(1002);
    QTest::newRow("binary") << frame(fin | binaryFrame, "a") << quint16(1003);
    QTest::newRow("not UTF-8") << text("a\xff") << quint16(1007);
    QTest::newRow("UTF-8 that breaks in the second fragment")
        << frame(textFrame, "\xe2\x82") + frame(continuation, "a") << quint16(1007);
    QTest::newRow("oversized") << text(QByteArray(65537, 'a')).first(20) << quint16(1009);
    QTest::newRow("oversized in fragments")
        << frame(textFrame, QByteArray(65536, 'a')) + frame(fin | continuation, "a") << quint16(1009);
}

void TestWebSocketConnection::refusesFrames()
{
    QFETCH(QByteArray, sent);
    QFETCH(quint16, code);
    EchoServer server;
    const auto client = upgraded(server);
    client->send(sent + text("behind"));
    QVERIFY(client->waitForEnd());
    QCOMPARE(client->received().first(1), QByteArray(1, char(fin | closeFrame)));
    QCOMPARE(client->received().mid(2, 2), closePayload(code));
    QCOMPARE(server.closed(), QList<quint16>{code});
    QVERIFY(server.texts().isEmpty());
    QTRY_COMPARE(server.server().connectionCount(), 0);
    QTRY_VERIFY(!server.socket());
}

void TestWebSocketConnection::refusalIsReadThroughATorrent()
{
    EchoServer server;
    const auto client = upgraded(server);
    client->send(text(QByteArray(2'000'000, 'a')));
    QVERIFY(client->waitForEnd());
    QCOMPARE(client->received().mid(2, 2), closePayload(1009));
}

void TestWebSocketConnection::clientCloses_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<quint16>("code");

    QTest::newRow("normal") << closePayload(1000) << quint16(1000);
    QTest::newRow("with a reason") << closePayload(1001, "bye") << quint16(1001);
    QTest::newRow("its own code") << closePayload(4321) << quint16(4321);
    QTest::newRow("no code") << QByteArray() << quint16(CloseCode::Abnormal);
}

void TestWebSocketConnection::clientCloses()
{
    QFETCH(QByteArray, payload);
    QFETCH(quint16, code);
    EchoServer server;
    const auto client = upgraded(server);
    client->send(frame(fin | closeFrame, payload) + text("behind"));
    QVERIFY(client->waitForEnd());
    QCOMPARE(client->received(), unmasked(fin | closeFrame, payload.first(2 * !payload.isEmpty())));
    QCOMPARE(server.closed(), QList<quint16>{code});
    QVERIFY(server.texts().isEmpty());
}

void TestWebSocketConnection::serverCloses()
{
    EchoServer server;
    const auto client = upgraded(server);
    QTRY_COMPARE(server.opened(), 1);
    WebSocket *socket = server.socket();
    socket->sendText("last words");
    socket->close(CloseCode::Unauthorized, QStringLiteral("no"));
    socket->close(CloseCode::Normal);
    QCOMPARE(server.closed().size(), 0);
    QCOMPARE(client->take(12), serverText("last words"));
    QCOMPARE(client->take(6), unmasked(fin | closeFrame, closePayload(4001, "no")));
    client->send(text("crossing") + frame(fin | closeFrame, closePayload(4001)));
    QVERIFY(client->waitForEnd());
    QVERIFY(client->received().isEmpty());
    QCOMPARE(server.closed(), QList<quint16>{4001});
    QVERIFY(server.texts().isEmpty());
    QTRY_VERIFY(!server.socket());
}

void TestWebSocketConnection::serverClosesAndTheClientSaysNothing()
{
    EchoServer server;
    const auto client = upgraded(server);
    QTRY_COMPARE(server.opened(), 1);
    server.socket()->close(CloseCode::ServiceRestart);
    QTRY_COMPARE_WITH_TIMEOUT(server.closed(), QList<quint16>{1012}, 10'000);
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestWebSocketConnection::cutsTheReason()
{
    EchoServer server;
    const auto client = upgraded(server);
    QTRY_COMPARE(server.opened(), 1);
    server.socket()->close(CloseCode::Normal, QString(200, QChar(0xfc)));
    const QByteArray received = client->take(2 + 124);
    QCOMPARE(received, unmasked(fin | closeFrame, closePayload(1000, QByteArray("\xc3\xbc").repeated(61))));
}

void TestWebSocketConnection::clientVanishes_data()
{
    QTest::addColumn<bool>("abruptly");

    QTest::newRow("end") << false;
    QTest::newRow("reset") << true;
}

void TestWebSocketConnection::clientVanishes()
{
    QFETCH(bool, abruptly);
    EchoServer server;
    const auto client = upgraded(server);
    client->send(frame(textFrame, "half"));
    QTRY_COMPARE(server.opened(), 1);
    if (abruptly)
        client->socket().abort();
    else
        client->socket().disconnectFromHost();
    QTRY_COMPARE(server.closed(), QList<quint16>{quint16(CloseCode::Abnormal)});
    QTRY_COMPARE(server.server().connectionCount(), 0);
    QTRY_VERIFY(!server.socket());
}

void TestWebSocketConnection::sendsBehindClose()
{
    EchoServer server;
    const auto client = upgraded(server);
    QTRY_COMPARE(server.opened(), 1);
    client->socket().abort();
    QTRY_COMPARE(server.closed().size(), 1); // inside of which SocketWatch sends and closes
    QCOMPARE(server.watch().queuedAtTheEnd, 0);
}

void TestWebSocketConnection::slowReader()
{
    Limits limits;
    EchoServer server(limits);
    RawClient client(server.url());
    client.socket().setReadBufferSize(1000);
    client.send(handshake());
    QTRY_COMPARE(server.opened(), 1);
    WebSocket *socket = server.socket();
    const QByteArray message(10'000, 'x');
    qint64 most = 0;
    for (int i = 0; i < 5000 && server.closed().isEmpty(); ++i) {
        socket->sendText(message);
        most = std::max(most, socket->queuedBytes());
        if (i % 10 == 0)
            QCoreApplication::processEvents();
    }
    QCOMPARE(server.closed(), QList<quint16>{4008});
    QVERIFY(most <= limits.outboundBytes);
    QTRY_COMPARE_WITH_TIMEOUT(server.server().connectionCount(), 0, 10'000);
}

void TestWebSocketConnection::slowReaderWhoComesBack_data()
{
    QTest::addColumn<int>("bytes");

    QTest::newRow("small messages") << 100;
    QTest::newRow("middling messages") << 600;
    QTest::newRow("large messages") << 10'000;
}

/// Whoever starts to read again in time gets to know why, behind whole frames.
void TestWebSocketConnection::slowReaderWhoComesBack()
{
    QFETCH(int, bytes);
    EchoServer server;
    RawClient client(server.url());
    client.socket().setReadBufferSize(1000);
    client.send(handshake());
    QTRY_COMPARE(server.opened(), 1);
    const QByteArray message(bytes, 'x');
    while (server.closed().isEmpty()) {
        for (int i = 0; i < 20; ++i)
            server.socket()->sendText(message);
        QCoreApplication::processEvents();
    }
    QVERIFY(server.watch().queuedAtTheEnd < 20'000);
    client.socket().setReadBufferSize(0);
    QCOMPARE(client.answer().status, 101);
    const QByteArray one = serverText(message);
    QByteArray begin = client.take(2);
    while (begin == one.first(2)) {
        QCOMPARE(client.take(one.size() - 2), one.mid(2));
        begin = client.take(2);
    }
    QCOMPARE(begin.first(1), QByteArray(1, char(fin | closeFrame)));
    QCOMPARE(client.take(begin.at(1)).first(2), closePayload(4008));
    client.send(frame(fin | closeFrame, closePayload(4008)));
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().isEmpty());
    QCOMPARE(server.closed(), QList<quint16>{4008});
}

/// A message larger than the bound is no reader's fault; what follows it is bounded as ever.
void TestWebSocketConnection::messageLargerThanTheBound()
{
    Limits limits;
    EchoServer server(limits);
    RawClient client(server.url());
    client.socket().setReadBufferSize(1000);
    client.send(handshake());
    QTRY_COMPARE(server.opened(), 1);
    WebSocket *socket = server.socket();
    // More than the kernel's buffers take, so that the queue is past the bound for certain.
    const QByteArray message(3'000'000, 'x');
    while (socket->queuedBytes() <= limits.outboundBytes)
        socket->sendText(message);
    QCoreApplication::processEvents();
    QVERIFY(server.closed().isEmpty());

    const QByteArray small(10'000, 'y');
    while (server.closed().isEmpty() && socket->queuedBytes() <= 18 * limits.outboundBytes) {
        socket->sendText(small);
        QCoreApplication::processEvents();
    }
    QCOMPARE(server.closed(), QList<quint16>{4008});
}

/// What may come in may go out, however large: once, and not again until it has been read.
void TestWebSocketConnection::messageAsLargeAsMayComeIn()
{
    Limits limits;
    limits.websocketMessageBytes = 40'000'000;
    EchoServer server(limits);
    RawClient client(server.url());
    client.socket().setReadBufferSize(1000);
    client.send(handshake());
    QTRY_COMPARE(server.opened(), 1);
    WebSocket *socket = server.socket();
    const QByteArray message(limits.websocketMessageBytes, 'x');
    socket->sendFrame(binaryMessageFrame(message));
    QCoreApplication::processEvents();
    QVERIFY(server.closed().isEmpty());
    QVERIFY(socket->queuedBytes() > 16 * limits.outboundBytes);

    socket->sendText(message);
    QTRY_COMPARE(server.closed(), QList<quint16>{4008});
}

void TestWebSocketConnection::fastReaderOfMuch()
{
    EchoServer server;
    const auto client = upgraded(server);
    QTRY_COMPARE(server.opened(), 1);
    // More than outboundBytes, all in one turn: the kernel takes it, so nobody is slow.
    const QByteArray message(1000, 'x');
    for (int i = 0; i < 450; ++i)
        server.socket()->sendText(message);
    QCOMPARE(client->take(451'800).size(), 451'800);
    QVERIFY(server.closed().isEmpty());
}

void TestWebSocketConnection::drained()
{
    EchoServer server;
    RawClient client(server.url());
    client.socket().setReadBufferSize(1000);
    client.send(handshake());
    QTRY_COMPARE(server.opened(), 1);
    WebSocket *socket = server.socket();
    const QByteArray message(10'000, 'x');
    int sent = 0;
    while (socket->queuedBytes() < 200'000) {
        socket->sendText(message);
        ++sent;
        QCoreApplication::processEvents();
    }
    QCOMPARE(server.watch().drainings, 0);
    client.socket().setReadBufferSize(0);
    QCOMPARE(client.answer().status, 101);
    QCOMPARE(client.take(sent * 10'004).size(), sent * 10'004);
    QTRY_COMPARE(server.watch().drainings, 1);
    QCOMPARE(socket->queuedBytes(), 0);
    QVERIFY(server.closed().isEmpty());
}

/// Nothing is emitted from inside a send, so who sends to many may loop over them.
void TestWebSocketConnection::sendersLoopIsUndisturbed()
{
    Limits limits;
    limits.outboundBytes = 1000;
    EchoServer server(limits);
    RawClient client(server.url());
    client.send(handshake());
    QTRY_COMPARE(server.opened(), 1);
    WebSocket *socket = server.socket();
    const QByteArray message(60'000, 'x');
    for (int i = 0; i < 1000; ++i)
        socket->sendText(message);
    socket->close(CloseCode::Normal);
    QVERIFY(server.closed().isEmpty());
    QTRY_COMPARE(server.closed(), QList<quint16>{4008});
}

void TestWebSocketConnection::heartbeat()
{
    Limits limits;
    limits.pingInterval = 50ms;
    limits.pongTimeout = 60s;
    EchoServer server(limits);
    const auto client = upgraded(server);
    QCOMPARE(client->take(4), unmasked(fin | pingFrame, {}).repeated(2));
    client->send(frame(fin | pongFrame, {}) + text("a"));
    QTRY_COMPARE(server.texts().size(), 1);
}

void TestWebSocketConnection::deadPeer()
{
    Limits limits;
    limits.pingInterval = 50ms;
    limits.pongTimeout = 200ms;
    EchoServer server(limits);
    const auto client = upgraded(server);
    QTRY_COMPARE(server.closed(), QList<quint16>{quint16(CloseCode::Abnormal)});
    QTRY_COMPARE(server.server().connectionCount(), 0);
    QVERIFY(client->waitForEnd());
}

void TestWebSocketConnection::stopAccepting()
{
    EchoServer server;
    QSignalSpy drained(&server.server(), &Server::drained);
    const auto client = upgraded(server);
    QTRY_COMPARE(server.opened(), 1);
    server.stop();
    client->send(text("still here"));
    QCOMPARE(client->take(12), serverText("still here"));
    QCOMPARE(drained.size(), 0);
    server.socket()->close(CloseCode::ServiceRestart);
    QCOMPARE(client->take(4), unmasked(fin | closeFrame, closePayload(1012)));
    client->send(frame(fin | closeFrame, closePayload(1012)));
    QVERIFY(client->waitForEnd());
    QTRY_COMPARE(drained.size(), 1);
}

void TestWebSocketConnection::serverGoes()
{
    auto server = std::make_unique<EchoServer>();
    const auto client = upgraded(*server);
    QTRY_COMPARE(server->opened(), 1);
    server->destroy();
    QVERIFY(!server->socket());
    QCOMPARE(server->closed(), QList<quint16>{quint16(CloseCode::Abnormal)});
    QVERIFY(client->waitForEnd());
}

ROOKERY_DISPATCHER_TEST_MAIN(TestWebSocketConnection)
#include "tst_net_websocketconnection.moc"
