// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/requests.h"
#include "tests/server/net/testserver.h"
#include "tests/wire/rawclient.h"

#include <QHttpServer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;
using rookery::test::Answer;
using rookery::test::RawClient;
using namespace std::chrono_literals;

/// QHttpServer behind the guard sockets, over real connections.
class TestHttpConnection : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsAlive();
    void guardsServeAgain();
    void answersInOrder();
    void answersManyPipelined();
    void bytewise();
    void head();
    void noContent();
    void optionsOfTheServer();
    void connectionClose();
    void http10_data();
    void http10();
    void chunkedUpload();
    void expectContinue();
    void expectContinueIsNotSaidToTooMuch();
    void whatTheHandlerSees();
    void path_data();
    void path();
    void oddHosts_data();
    void oddHosts();
    void answerFromADevice();
    void largeAnswer();
    void largeAnswerIsShared_data();
    void largeAnswerIsShared();

    void refusals_data();
    void refusals();
    void refusalIsReadThroughATorrent();
    void refusalToHead();
    void refusalBodyOfTheApplication();
    void smuggled_data();
    void smuggled();

    void brokenHeaderIsNotSent_data();
    void brokenHeaderIsNotSent();
    void fieldTooLongForQt();
};

void TestHttpConnection::keepsAlive()
{
    TestServer server;
    RawClient client(server.url());
    for (int i = 0; i < 3; ++i) {
        client.send(get("/hello"));
        const Answer answer = client.answer();
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, "hello");
        QVERIFY(answer.header("connection").isEmpty());
    }
    QVERIFY(client.connected());
    QCOMPARE(server.server().connectionCount(), 1);
}

void TestHttpConnection::guardsServeAgain()
{
    TestServer server;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 40; ++i)
        clients.push_back(std::make_unique<RawClient>(server.url()));
    const QSignalSpy introduced(
        server.server().http().findChild<QTcpServer *>(), &QTcpServer::pendingConnectionAvailable);
    for (int round = 0; round < 3; ++round) {
        for (const auto &client : clients) {
            const QByteArray body = QByteArray(round * 1000, 'x') + QByteArray::number(round);
            client->send(post(body));
            QCOMPARE(client->answer().body, body);
        }
        QCOMPARE(server.qtSockets(), 1);
        QCOMPARE(introduced.count(), 1);
    }
    for (const auto &client : clients)
        client->send(get("/held"));
    QTRY_COMPARE(server.held(), 40);
    QCOMPARE(server.qtSockets(), 40);
    server.answerHeld("held");
    for (const auto &client : clients)
        QCOMPARE(client->answer().body, "held");
    QTRY_VERIFY(server.qtSockets() <= 16);
    clients[0]->send(get("/hello"));
    QCOMPARE(clients[0]->answer().body, "hello");
}

void TestHttpConnection::answersInOrder()
{
    TestServer server;
    RawClient client(server.url());
    client.send(get("/later") + get("/hello") + post("x") + get("/headers"));
    QCOMPARE(client.answer().body, "later");
    QCOMPARE(client.answer().body, "hello");
    QCOMPARE(client.answer().body, "x");
    QVERIFY(client.answer().body.startsWith("in plain\n"));
    QCOMPARE(server.handled(),
        QStringList({QStringLiteral("/later"), QStringLiteral("/hello"), QStringLiteral("/echo"),
            QStringLiteral("/headers")}));
}

void TestHttpConnection::answersManyPipelined()
{
    TestServer server;
    RawClient client(server.url());
    constexpr int count = 3000; // more than one read, and far more than a stack could recurse for
    client.send(get("/hello").repeated(count));
    for (int i = 0; i < count; ++i)
        QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::bytewise()
{
    TestServer server;
    RawClient client(server.url());
    client.sendBytewise(post("hello") + get("/hello"));
    QCOMPARE(client.answer().body, "hello");
    QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::head()
{
    TestServer server;
    RawClient client(server.url());
    client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + get("/hello"));
    const Answer head = client.answer(true);
    QCOMPARE(head.status, 200);
    QCOMPARE(head.header("content-length"), "5");
    QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::noContent()
{
    TestServer server;
    RawClient client(server.url());
    client.send(get("/empty") + get("/hello"));
    const Answer empty = client.answer();
    QCOMPARE(empty.status, 204);
    QVERIFY(empty.header("content-length").isEmpty()); // RFC 9110 section 8.6
    QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::optionsOfTheServer()
{
    TestServer server;
    RawClient client(server.url());
    client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    QCOMPARE(client.answer().body, "*");
}

void TestHttpConnection::connectionClose()
{
    TestServer server;
    RawClient client(server.url());
    client.send(get("/later", "Connection: close\r\n") + get("/hello"));
    const Answer answer = client.answer();
    QCOMPARE(answer.body, "later");
    QCOMPARE(answer.header("connection"), "close");
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().isEmpty());
    QCOMPARE(server.handled().size(), 1);
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestHttpConnection::http10_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QByteArray>("connection");

    QTest::newRow("closes") << QByteArray() << QByteArray("close");
    QTest::newRow("keep-alive") << QByteArray("Connection: keep-alive\r\n") << QByteArray("keep-alive");
}

void TestHttpConnection::http10()
{
    QFETCH(QByteArray, lines);
    QFETCH(QByteArray, connection);
    TestServer server;
    RawClient client(server.url());
    client.send("GET /hello HTTP/1.0\r\n" + lines + "\r\n");
    const Answer answer = client.answer();
    QCOMPARE(answer.body, "hello");
    QCOMPARE(answer.header("connection"), connection);
    if (connection == "close") {
        QVERIFY(client.waitForEnd());
        return;
    }
    client.send("GET /hello HTTP/1.0\r\n\r\n");
    QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::chunkedUpload()
{
    TestServer server;
    RawClient client(server.url());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    client.send("6;x=y\r\n world\r\n0\r\nTrailer: z\r\n\r\n" + get("/hello"));
    QCOMPARE(client.answer().body, "hello world");
    QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::expectContinue()
{
    TestServer server;
    RawClient client(server.url());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n");
    QCOMPARE(client.take(25), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, "abc");
}

void TestHttpConnection::expectContinueIsNotSaidToTooMuch()
{
    TestServer server(quickLimits());
    RawClient client(server.url());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\nExpect: 100-continue\r\n\r\n");
    QCOMPARE(client.answer().status, 413);
}

void TestHttpConnection::whatTheHandlerSees()
{
    TestServer server;
    RawClient client(server.url());
    client.send(get("/headers?q=a", "X-Forwarded-Proto: https\r\nConnection: Keep-Alive\r\nAccept: y\r\n"));
    QCOMPARE(client.answer().body,
        "in plain\n0 before Qt\nhost: a\nx-forwarded-proto: https\nconnection: Keep-Alive\naccept: y\nq=a");
}

void TestHttpConnection::path_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<QByteArray>("seen");

    QTest::newRow("slash") << QByteArray("/a/") << QByteArray("/a");
    QTest::newRow("root") << QByteArray("/") << QByteArray("/");
    QTest::newRow("escapes") << QByteArray("/%C3%BC%2f") << QByteArray("/%C3%BC%2F");
    QTest::newRow("two slashes") << QByteArray("//a/b") << QByteArray("/.//a/b");
}

void TestHttpConnection::path()
{
    QFETCH(QByteArray, sent);
    TestServer server;
    RawClient client(server.url());
    client.send(get(sent));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 404);
    QTEST(answer.body, "seen");
}

/// Qt makes one URL of target and Host, so a host that it finds fault with must not cost the path.
void TestHttpConnection::oddHosts_data()
{
    QTest::addColumn<QByteArray>("host");

    QTest::newRow("empty") << QByteArray();
    QTest::newRow("highest port") << QByteArray("a:65535");
    QTest::newRow("port missing") << QByteArray("a:");
    QTest::newRow("underscore") << QByteArray("a_b");
    QTest::newRow("dots") << QByteArray("a..b");
    QTest::newRow("punctuation") << QByteArray("a,b;c=d");
    QTest::newRow("escape") << QByteArray("a%20b");
    QTest::newRow("IPv6") << QByteArray("[::1]:1");
}

void TestHttpConnection::oddHosts()
{
    QFETCH(QByteArray, host);
    TestServer server;
    RawClient client(server.url());
    client.send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::answerFromADevice()
{
    TestServer server;
    RawClient client(server.url());
    client.send(get("/file") + get("/hello"));
    QCOMPARE(client.answer().body, QByteArray(100'000, 'f'));
    QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::largeAnswer()
{
    TestServer server;
    RawClient client(server.url());
    client.send(get("/large/20000000") + get("/hello"));
    QCOMPARE(client.answer().body.size(), 20'000'000);
    QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::largeAnswerIsShared_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<bool>("bodyless");

    QTest::newRow("GET") << get("/held") << false;
    QTest::newRow("HEAD") << QByteArray("HEAD /held HTTP/1.1\r\nHost: a\r\n\r\n") << true;
}

/// THREATS 23: a thousand clients that asked for the same page and did not read it each held a copy of
/// it, 1.4 GB of Swagger UI.
void TestHttpConnection::largeAnswerIsShared()
{
    QFETCH(QByteArray, request);
    QFETCH(bool, bodyless);
    TestServer server;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.url()));
        clients.back()->send(request + get("/hello"));
    }
    QTRY_COMPARE(server.held(), 3);
    const QByteArray body(1'000'000, 'b');
    QVERIFY(body.isDetached());
    server.answerHeld(body);
    // Nothing has been sent yet: that takes a turn of the event loop.
    QCOMPARE(body.isDetached(), bodyless);
    for (const auto &client : clients) {
        const Answer answer = client->answer(bodyless);
        QCOMPARE(answer.header("content-length"), "1000000");
        QCOMPARE(answer.body, bodyless ? QByteArray() : body);
        QCOMPARE(client->answer().body, "hello");
    }
}

void TestHttpConnection::refusals_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<int>("status");

    QTest::newRow("malformed") << QByteArray("GET / HTTP/1.1\r\n\r\n") << 400;
    QTest::newRow("long URL") << get("/" + QByteArray(300, 'a')) << 414;
    QTest::newRow("large head") << get("/", "X: " + QByteArray(3000, 'x') + "\r\n") << 431;
    QTest::newRow("many fields") << get("/", QByteArray("X: y\r\n").repeated(30)) << 431;
    QTest::newRow("large body") << post(QByteArray(1025, 'x')) << 413;
    QTest::newRow("large chunk") << QByteArray(
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "401\r\n") << 413;
    QTest::newRow("expectation") << get("/", "Expect: wonders\r\n") << 417;
    QTest::newRow("method") << QByteArray("BREW / HTTP/1.1\r\nHost: a\r\n\r\n") << 501;
    QTest::newRow("version") << QByteArray("GET / HTTP/9.9\r\nHost: a\r\n\r\n") << 505;
}

void TestHttpConnection::refusals()
{
    QFETCH(QByteArray, sent);
    QFETCH(int, status);
    TestServer server(quickLimits());
    RawClient client(server.url());
    client.send(sent + get("/hello"));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.header("connection"), "close");
    QCOMPARE(answer.header("content-type"), "application/problem+json");
    QCOMPARE(answer.header("x-content-type-options"), "nosniff");
    const QJsonObject problem = QJsonDocument::fromJson(answer.body).object();
    QCOMPARE(problem[QStringLiteral("status")].toInt(), status);
    QVERIFY(!problem[QStringLiteral("detail")].toString().isEmpty());
    QCOMPARE(problem[QStringLiteral("error")], problem[QStringLiteral("detail")]);
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().isEmpty());
    QVERIFY(server.handled().isEmpty());
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

/// A client that is still sending its body must get to read why it is refused, which a reset would prevent.
void TestHttpConnection::refusalIsReadThroughATorrent()
{
    TestServer server(quickLimits());
    RawClient client(server.url());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n");
    client.send(QByteArray(2'000'000, 'x'));
    QCOMPARE(client.answer().status, 413);
    QVERIFY(client.waitForEnd());
    QCOMPARE(client.socket().error(), QAbstractSocket::RemoteHostClosedError);
}

void TestHttpConnection::refusalToHead()
{
    TestServer server(quickLimits());
    RawClient client(server.url());
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n");
    const Answer answer = client.answer(true);
    QCOMPARE(answer.status, 417);
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().isEmpty());
}

void TestHttpConnection::refusalBodyOfTheApplication()
{
    TestServer server(quickLimits());
    server.server().setRefusalBody([](int status, const Error &error) {
        const QByteArray body = error.detail.toUtf8();
        return "HTTP/1.1 " + QByteArray::number(status)
            + " Mine\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    });
    RawClient client(server.url());
    client.send(get("/", "Expect: wonders\r\n"));
    const Answer answer = client.answer();
    QVERIFY(answer.head.startsWith("HTTP/1.1 417 Mine\r\n"));
    QCOMPARE(answer.header("connection"), "close");
    QCOMPARE(answer.body, "Only '100-continue' can be expected.");
}

/// Whatever a disputed request carries behind it must never be run as a request of its own.
void TestHttpConnection::smuggled_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");

    const QByteArray hidden = get("/hello");
    const QByteArray chunks = "0\r\n\r\n" + hidden;
    const QByteArray length = "Content-Length: " + QByteArray::number(hidden.size()) + "\r\n";
    QTest::newRow("length: text") << QByteArray("Content-Length: abc\r\n") << hidden << 400;
    QTest::newRow("length: negative") << QByteArray("Content-Length: -1\r\n") << hidden << 400;
    QTest::newRow("length: 2^64-1") << QByteArray("Content-Length: 18446744073709551615\r\n") << hidden
                                    << 400;
    QTest::newRow("length: twice") << QByteArray("Content-Length: 0\r\n" + length) << hidden << 400;
    QTest::newRow("length and coding")
        << QByteArray("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") << chunks << 400;
    QTest::newRow("xchunked") << QByteArray("Transfer-Encoding: xchunked\r\n") << chunks << 400;
    QTest::newRow("bad chunk size") << QByteArray("Transfer-Encoding: chunked\r\n") << "zz\r\n" + hidden
                                    << 400;
    QTest::newRow("chunk size with sign")
        << QByteArray("Transfer-Encoding: chunked\r\n") << "-1\r\n" + hidden << 400;
    QTest::newRow("101 fields") << QByteArray("X: y\r\n").repeated(100) + length << hidden << 431;
    QTest::newRow("doubled host") << QByteArray("Host: b\r\n") << hidden << 400;
    QTest::newRow("bare LF") << QByteArray("X: y\n" + length) << hidden << 400;
    QTest::newRow("obs-fold") << QByteArray("X: y\r\n " + length) << hidden << 400;
    QTest::newRow("control character") << QByteArray("X: \x01\r\n") << hidden << 400;
    QTest::newRow("CR in a value") << QByteArray("X: y\r" + length) << hidden << 400;
}

void TestHttpConnection::smuggled()
{
    QFETCH(QByteArray, lines);
    QFETCH(QByteArray, body);
    TestServer server;
    RawClient client(server.url());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + body);
    QTEST(client.answer().status, "status");
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().isEmpty());
    QVERIFY(!server.handled().contains(QStringLiteral("/hello")));
}

/// Qt's header parser gives such a head up, Content-Length and all, and would run the body as a request.
void TestHttpConnection::brokenHeaderIsNotSent_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");

    QTest::newRow("CR LF in a value") << QByteArray("X-Name") << QByteArray("a\r\nX-Injected: yes");
    QTest::newRow("an answer in a value")
        << QByteArray("X-Name") << QByteArray("a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    QTest::newRow("bare LF in a value") << QByteArray("X-Name") << QByteArray("a\nX-Injected: yes");
    QTest::newRow("bare CR in a value") << QByteArray("X-Name") << QByteArray("a\rX-Injected: yes");
    QTest::newRow("NUL in a value") << QByteArray("X-Name") << QByteArray("a\0b", 3);
    QTest::newRow("CR LF in a name") << QByteArray("X-Name: a\r\nX-Injected") << QByteArray("yes");
    QTest::newRow("no name") << QByteArray() << QByteArray("a");
}

/// THREATS 19: a handler that forgets to look at what it puts into a header must not let its author write
/// another one.
void TestHttpConnection::brokenHeaderIsNotSent()
{
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    TestServer server;
    server.setHeaderOfEcho({name, value});
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("^An answer is withheld: ")));
    RawClient client(server.url());
    client.send(post("x") + get("/hello"));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 500);
    QVERIFY(!answer.head.contains("X-Injected") && !answer.head.contains("X-Name"));
    QCOMPARE(answer.header("cache-control"), "no-store");
    QCOMPARE(QJsonDocument::fromJson(answer.body).object().value(QLatin1String("status")).toInt(), 500);
    QCOMPARE(client.answer().body, "hello");
}

void TestHttpConnection::fieldTooLongForQt()
{
    TestServer server;
    RawClient client(server.url());
    const QByteArray hidden = get("/hello");
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nAccept: " + QByteArray(9000, 'x')
        + "\r\nContent-Length: " + QByteArray::number(hidden.size()) + "\r\n\r\n" + hidden);
    QCOMPARE(client.answer().body, hidden);
    client.send(get("/empty"));
    QCOMPARE(client.answer().status, 204);
    QCOMPARE(server.handled(), QStringList({QStringLiteral("/echo"), QStringLiteral("/empty")}));
}

ROOKERY_DISPATCHER_TEST_MAIN(TestHttpConnection)
#include "tst_net_httpconnection.moc"
