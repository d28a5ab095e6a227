// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/turnshares.h"
#include "server/net/peer/pace.h"
#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/requests.h"
#include "tests/server/net/streamserver.h"

#include <QAbstractEventDispatcher>
#include <QElapsedTimer>
#include <QTest>

#include <thread>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;
using rookery::test::Answer;
using rookery::test::RawClient;
using namespace std::chrono_literals;

/// Bodies that stream into a sink, over real sockets, plain and over TLS.
class TestStreamIn : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase_data();

    void length();
    void chunked();
    void byteByByte();
    void withoutABody();
    void expectContinue();
    void refusedWithoutContinue();
    void continuesOnlyOnceTheSinkWants();
    void refusedFromTheHead();
    void refusedWhileTheClientGoesOnSending();
    void tooLargeByItsLength();
    void tooLargeInChunks();
    void limitOfABufferedRoute();
    void othersAreBuffered();
    void sinkPauses();
    void pausesAreNotTheClients();
    void slowClient();
    void clientStandsStillAfterMuch();
    void answersInTheMidst();
    void refusesInTheMidst();
    void clientLeaves();
    void clientEndsTooEarly();
    void malformedChunk();
    void answersLater();
    void neverAnswers();
    void neverGoesOn();
    void serverGoes();
    void stopping();
    void pipelined();
    void takesTurns();
};

namespace {

const QByteArray good = "Authorization: Bearer good\r\n";

QByteArray headOf(qint64 length, const QByteArray &lines = good)
{
    return "POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: " + QByteArray::number(length) + "\r\n" + lines
        + "\r\n";
}

QByteArray chunkedHead(const QByteArray &lines = good)
{
    return "POST /in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + lines + "\r\n";
}

QByteArray inChunks(const QByteArray &body, qsizetype size)
{
    QByteArray out;
    for (qsizetype at = 0; at < body.size(); at += size) {
        const QByteArray chunk = body.mid(at, size);
        out += QByteArray::number(chunk.size(), 16) + "\r\n" + chunk + "\r\n";
    }
    return out + "0\r\n\r\n";
}

/// Bytes that the client has not got rid of.
qint64 unsent(RawClient &client)
{
    const auto &socket = static_cast<QSslSocket &>(client.socket());
    return socket.bytesToWrite() + socket.encryptedBytesToWrite();
}

} // namespace

void TestStreamIn::initTestCase_data()
{
    QTest::addColumn<bool>("secure");
    QTest::newRow("plain") << false;
    QTest::newRow("tls") << true;
}

void TestStreamIn::length()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    for (const qsizetype size : {1, 1000, 5'000'000}) {
        const QByteArray body = streamedBytes(0, size);
        client.send(headOf(size) + body);
        const Answer answer = client.answer();
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, digestOf(body));
        QVERIFY(answer.header("connection").isEmpty());
        QTRY_VERIFY(server.handler.last().gone);
        QVERIFY(!server.handler.last().aborted);
    }
    QVERIFY(server.handled().isEmpty()); // QHttpServer has seen nothing of it
    client.send(get("/hello"));
    QCOMPARE(client.answer().body, "hello");
}

void TestStreamIn::chunked()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    const QByteArray body = streamedBytes(0, 2'000'000);
    for (const qsizetype size : {7000, 200'000, 2'000'000}) {
        client.send(chunkedHead() + inChunks(body, size));
        QCOMPARE(client.answer().body, digestOf(body));
    }
    client.send(chunkedHead() + "0\r\n\r\n");
    QCOMPARE(client.answer().body, digestOf({}));
}

void TestStreamIn::byteByByte()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.sendBytewise(chunkedHead() + inChunks("rookery", 3));
    QCOMPARE(client.answer().body, digestOf("rookery"));
}

void TestStreamIn::withoutABody()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send("POST /in HTTP/1.1\r\nHost: a\r\n" + good + "\r\n" + headOf(0) + get("/hello"));
    QCOMPARE(client.answer().body, digestOf({}));
    QCOMPARE(client.answer().body, digestOf({}));
    QCOMPARE(client.answer().body, "hello");
}

void TestStreamIn::expectContinue()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(headOf(5, good + "Expect: 100-continue\r\n"));
    QCOMPARE(client.answer().status, 100);
    client.send("hello");
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, digestOf("hello"));
}

void TestStreamIn::refusedWithoutContinue()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(headOf(5, "Expect: 100-continue\r\nAuthorization: Bearer bad\r\n"));
    QCOMPARE(client.answer().status, 401);
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().isEmpty());
    QVERIFY(server.handler.streams.empty());
}

void TestStreamIn::continuesOnlyOnceTheSinkWants()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    server.handler.pauseAtBegin = true;
    RawClient client(server.url());
    client.send(headOf(5, good + "Expect: 100-continue\r\n"));
    QTRY_VERIFY(!server.handler.streams.empty());
    // Another request has come and been answered: the 100 would have come before it.
    RawClient other(server.url());
    other.send(get("/hello"));
    QCOMPARE(other.answer().status, 200);
    QVERIFY(client.received().isEmpty());
    server.handler.last().exchange->resume();
    QCOMPARE(client.answer().status, 100);
    client.send("hello");
    QCOMPARE(client.answer().body, digestOf("hello"));
}

void TestStreamIn::refusedFromTheHead()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(headOf(5, {}) + "hello" + get("/hello"));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 401);
    QCOMPARE(answer.header("www-authenticate"), "Bearer");
    QCOMPARE(answer.header("connection"), "close");
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().isEmpty());
    QVERIFY(server.handled().isEmpty());
}

/// A client that sends all of a large body before it reads anything still gets to see why it was refused.
void TestStreamIn::refusedWhileTheClientGoesOnSending()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(headOf(100'000'000, {}) + QByteArray(30'000'000, 'x'));
    QCOMPARE(client.answer().status, 401);
    QVERIFY(client.waitForEnd(15'000));
    QVERIFY(server.handler.streams.empty());
    QTRY_COMPARE(server.connectionCount(), 0);
}

void TestStreamIn::tooLargeByItsLength()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    server.handler.bodyBytes = 1000;
    RawClient client(server.url());
    client.send(headOf(1001, good + "Expect: 100-continue\r\n"));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 413);
    QVERIFY(answer.body.contains("1000"));
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().gone);
    QVERIFY(!server.handler.last().aborted); // it never began
    QCOMPARE(server.handler.last().calls, 0);
}

void TestStreamIn::tooLargeInChunks()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    server.handler.bodyBytes = 1000;
    RawClient client(server.url());
    client.send(chunkedHead() + inChunks(QByteArray(2000, 'x'), 400));
    QCOMPARE(client.answer().status, 413);
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().aborted);
    QVERIFY(!server.handler.last().ended);
    QCOMPARE(server.handler.last().bytes, 800);
}

void TestStreamIn::limitOfABufferedRoute()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + QByteArray(100, 'x'));
    QCOMPARE(client.answer().body, "/whole"); // the test server's answer to what it does not know
    client.send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n");
    QCOMPARE(client.answer().status, 413);
    QVERIFY(client.waitForEnd());
    QCOMPARE(server.handled().size(), 1);
}

void TestStreamIn::othersAreBuffered()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(post("first") + get("/hello") + post("second", "Expect: 100-continue\r\n"));
    QCOMPARE(client.answer().body, "first");
    QCOMPARE(client.answer().body, "hello");
    QCOMPARE(client.answer().status, 100);
    QCOMPARE(client.answer().body, "second");
}

/// Nothing is read while the sink takes nothing: what the client has for it stays with the client.
void TestStreamIn::sinkPauses()
{
    QFETCH_GLOBAL(bool, secure);
    constexpr qsizetype size = 48'000'000;
    StreamServer server(secure);
    server.handler.pauseEachTime = true;
    RawClient client(server.url());
    const QByteArray body = streamedBytes(0, size);
    client.send(headOf(size) + body);
    QTRY_VERIFY(!server.handler.streams.empty() && server.handler.last().calls == 1);
    Stream &stream = server.handler.last();
    // Until the kernel's buffers are full.
    qint64 before = 0;
    do {
        before = unsent(client);
        QTest::qWait(300);
    } while (unsent(client) != before);
    QVERIFY2(before > size / 2, QByteArray::number(before));
    QCOMPARE(stream.calls, 1);
    QVERIFY(stream.bytes <= 64 * 1024);
    for (int calls = 2; calls < 10; ++calls) {
        stream.exchange->resume();
        QTRY_COMPARE(stream.calls, calls);
    }
    QVERIFY(stream.bytes <= 10 * 64 * 1024);
    server.handler.pauseEachTime = false;
    stream.exchange->resume();
    QTRY_VERIFY_WITH_TIMEOUT(stream.ended, 20'000);
    QCOMPARE(client.answer().body, digestOf(body));
}

void TestStreamIn::pausesAreNotTheClients()
{
    QFETCH_GLOBAL(bool, secure);
    Limits limits = quickLimits();
    limits.keepAliveTime = 60s;
    StreamServer server(secure, limits);
    server.handler.pauseEachTime = true;
    RawClient client(server.url());
    client.send(headOf(10) + "hello");
    QTRY_VERIFY(!server.handler.streams.empty() && server.handler.last().calls == 1);
    QTest::qWait(int(2 * Pace::mostGraces * limits.bodyGrace.count()));
    QVERIFY(client.connected());
    server.handler.pauseEachTime = false;
    server.handler.last().exchange->resume();
    client.send("hello");
    QCOMPARE(client.answer().body, digestOf("hellohello"));
}

void TestStreamIn::slowClient()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure, quickLimits());
    RawClient client(server.url());
    client.send(headOf(1000) + "hello");
    QCOMPARE(client.answer().status, 408);
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().aborted);
    QVERIFY(server.handler.last().gone);
}

/// Having been fast is no licence to stand still for as long.
void TestStreamIn::clientStandsStillAfterMuch()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure, quickLimits());
    RawClient client(server.url());
    client.send(headOf(20'000'000) + QByteArray(10'000'000, 'x')); // at 16 KiB/s it would be ten minutes
    QCOMPARE(client.answer().status, 408);
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().aborted);
}

void TestStreamIn::answersInTheMidst()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    server.handler.taken = [](Stream &stream) {
        if (stream.exchange && stream.bytes > 1'000'000)
            stream.exchange->respond({409, {{"X-Reason", "enough"}}, "enough"});
    };
    RawClient client(server.url());
    client.send(headOf(100'000'000) + QByteArray(30'000'000, 'x'));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 409);
    QCOMPARE(answer.body, "enough");
    QCOMPARE(answer.header("x-reason"), "enough");
    QCOMPARE(answer.header("connection"), "close");
    QVERIFY(client.waitForEnd(15'000));
    QVERIFY(server.handler.last().gone);
    QVERIFY(!server.handler.last().aborted);
    QVERIFY(server.handler.last().bytes < 2'000'000);
}

void TestStreamIn::refusesInTheMidst()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    server.handler.taken = [](Stream &stream) {
        stream.exchange->refuse({507, {ErrorCode::StorageFull, QStringLiteral("No room.")}});
    };
    RawClient client(server.url());
    client.send(chunkedHead() + "5\r\nhello\r\n5\r\nhello\r\n");
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 507);
    QVERIFY(answer.body.contains("No room."));
    QVERIFY(client.waitForEnd());
    QVERIFY(!server.handler.last().aborted);
    QCOMPARE(server.handler.last().bytes, 5);
}

void TestStreamIn::clientLeaves()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    {
        RawClient client(server.url());
        client.send(headOf(1000) + "hello");
        QTRY_VERIFY(!server.handler.streams.empty() && server.handler.last().bytes == 5);
        client.socket().abort();
    }
    QTRY_COMPARE(server.connectionCount(), 0);
    QVERIFY(server.handler.last().aborted);
    QVERIFY(server.handler.last().gone);
}

void TestStreamIn::clientEndsTooEarly()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(headOf(1000) + "hello");
    QTRY_VERIFY(!server.handler.streams.empty() && server.handler.last().bytes == 5);
    client.endSending();
    if (!secure) // without a close_notify TLS has been cut off
        QCOMPARE(client.answer().status, 400);
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().aborted);
    QVERIFY(!server.handler.last().ended);
}

void TestStreamIn::malformedChunk()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(chunkedHead() + "5\r\nhello\r\nnonsense\r\n" + get("/hello"));
    QCOMPARE(client.answer().status, 400);
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().aborted);
    QVERIFY(server.handled().isEmpty());
}

void TestStreamIn::answersLater()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    server.handler.answersAtEnd = false;
    RawClient client(server.url());
    client.send(headOf(5) + "hello" + get("/hello"));
    QTRY_VERIFY(!server.handler.streams.empty() && server.handler.last().ended);
    QVERIFY(server.handled().isEmpty()); // what came behind waits
    server.handler.last().exchange->respond({201, {}, "made"});
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 201);
    QVERIFY(answer.head.startsWith("HTTP/1.1 201 Created\r\n"));
    QCOMPARE(answer.body, "made");
    QCOMPARE(client.answer().body, "hello");
}

void TestStreamIn::neverAnswers()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure, quickLimits());
    server.handler.answersAtEnd = false;
    server.handler.patience = 300ms;
    RawClient client(server.url());
    client.send(headOf(5) + "hello");
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 503);
    QCOMPARE(answer.header("retry-after"), "5");
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().aborted);
}

void TestStreamIn::neverGoesOn()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure, quickLimits());
    server.handler.pauseEachTime = true;
    server.handler.patience = 300ms;
    RawClient client(server.url());
    client.send(headOf(10) + "hello");
    QCOMPARE(client.answer().status, 503);
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().aborted);
}

void TestStreamIn::serverGoes()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(headOf(10) + "hello");
    QTRY_VERIFY(!server.handler.streams.empty() && server.handler.last().bytes == 5);
    server.destroy();
    QVERIFY(server.handler.last().aborted);
    QVERIFY(server.handler.last().gone);
    QVERIFY(client.waitForEnd());
}

/// What has begun is answered.
void TestStreamIn::stopping()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(headOf(10) + "hello");
    QTRY_VERIFY(!server.handler.streams.empty() && server.handler.last().bytes == 5);
    server.stop();
    client.send("hello");
    const Answer answer = client.answer();
    QCOMPARE(answer.body, digestOf("hellohello"));
    QCOMPARE(answer.header("connection"), "close");
    QVERIFY(client.waitForEnd());
}

void TestStreamIn::pipelined()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(headOf(5) + "first" + get("/hello") + chunkedHead() + inChunks("second", 2) + get("/page")
        + headOf(5) + "third" + "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    QCOMPARE(client.answer().body, digestOf("first"));
    QCOMPARE(client.answer().body, "hello");
    QCOMPARE(client.answer().body, digestOf("second"));
    QCOMPARE(client.answer().body, "page");
    QCOMPARE(client.answer().body, digestOf("third"));
    QCOMPARE(client.answer().body, "hello");
    QVERIFY(client.waitForEnd());
}

/// What the sinks of one network do is its share of a turn, however many connections it has (THREATS 31).
void TestStreamIn::takesTurns()
{
    QFETCH_GLOBAL(bool, secure);
    constexpr int count = 8;
    constexpr qsizetype size = 500'000;
    StreamServer server(secure);
    int inThisTurn = 0;
    int most = 0;
    QObject context;
    connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake, &context,
        [&inThisTurn] { inThisTurn = 0; });
    server.handler.taken = [&](Stream &) {
        std::this_thread::sleep_for(2 * TurnShares::share);
        most = std::max(most, ++inThisTurn);
    };
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < count; ++i)
        clients.push_back(std::make_unique<RawClient>(server.url()));
    const QByteArray body = streamedBytes(0, size);
    for (const auto &client : clients)
        client->send(headOf(size) + body);
    for (const auto &client : clients)
        QCOMPARE(client->answer().body, digestOf(body));
    QVERIFY2(most <= 4, QByteArray::number(most));
}

ROOKERY_DISPATCHER_TEST_MAIN(TestStreamIn)
#include "tst_net_streamin.moc"
