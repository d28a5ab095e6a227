// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/bodyreader.h"
#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/requests.h"
#include "tests/server/net/streamserver.h"

#include <QAbstractEventDispatcher>
#include <QScopeGuard>
#include <QTest>

#include <algorithm>
#include <cerrno>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;
using rookery::test::Answer;
using rookery::test::RawClient;
using namespace std::chrono_literals;

/// Answers that stream out of a source, over real sockets, plain and over TLS.
class TestStreamOut : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase_data();

    void knownLength();
    void unknownLength();
    void oldHttp();
    void head();
    void withoutABody();
    void fromMemory();
    void toARequestWithABody();
    void later();
    void neverGoesOn();
    void failsBeforeItsLength();
    void failsInChunks();
    void failsBeforeTheEnd();
    void failsAtOnce();
    void clientLeaves();
    void stalledReader();
    void stalledReadersTogether();
    void slowReader();
    void brokenFieldsAreNotSent_data();
    void brokenFieldsAreNotSent();
    void pipelined();
    void stopping();
    void serverGoes();
    void takesTurns();
};

namespace {

/// The answer to what has been sent, until the end of the connection, or of its chunks.
struct Chunked
{
    QByteArray head;
    QByteArray body;
    bool complete = false;
};

Chunked chunkedAnswer(RawClient &client)
{
    Chunked answer;
    const bool there = QTest::qWaitFor([&] { return client.received().contains("\r\n\r\n"); });
    if (!there)
        return answer;
    const qsizetype end = client.received().indexOf("\r\n\r\n");
    answer.head = client.take(end + 4);
    RequestHead like;
    like.body = RequestHead::Body::Chunked;
    BodyReader reader(like, {}, 1'000'000'000);
    while (reader.state() == BodyReader::State::Reading) {
        QByteArray bytes = client.received();
        if (bytes.isEmpty()) {
            if (!QTest::qWaitFor([&] { return !client.received().isEmpty() || !client.connected(); })
                || client.received().isEmpty())
                break;
            continue;
        }
        client.take(reader.feed(bytes));
    }
    answer.complete = reader.state() == BodyReader::State::Complete;
    answer.body = reader.take();
    return answer;
}

} // namespace

void TestStreamOut::initTestCase_data()
{
    QTest::addColumn<bool>("secure");
    QTest::newRow("plain") << false;
    QTest::newRow("tls") << true;
}

void TestStreamOut::knownLength()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    server.handler.fields = {{"Content-Type", "application/octet-stream"}, {"ETag", "\"x\""}};
    RawClient client(server.url());
    for (const qsizetype size : {0, 1, 65'536, 65'537, 20'000'000}) {
        client.send(get("/out/" + QByteArray::number(size)));
        const Answer answer = client.answer();
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.header("content-length"), QByteArray::number(size));
        QCOMPARE(answer.header("content-type"), "application/octet-stream");
        QVERIFY(answer.header("transfer-encoding").isEmpty());
        QVERIFY(answer.body == streamedBytes(0, size));
        QTRY_VERIFY(server.handler.last().gone);
    }
    QVERIFY(server.handled().isEmpty());
    client.send(get("/hello"));
    QCOMPARE(client.answer().body, "hello");
}

void TestStreamOut::unknownLength()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    for (const qsizetype size : {0, 1, 65'536, 3'000'000}) {
        client.send(get("/out/" + QByteArray::number(size) + "?unknown"));
        const Chunked answer = chunkedAnswer(client);
        QVERIFY(answer.head.contains("\r\nTransfer-Encoding: chunked\r\n"));
        QVERIFY(!answer.head.contains("Content-Length"));
        QVERIFY(answer.complete);
        QVERIFY(answer.body == streamedBytes(0, size));
    }
    client.send(get("/hello"));
    QCOMPARE(client.answer().body, "hello");
}

void TestStreamOut::oldHttp()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send("GET /out/100 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    Answer answer = client.answer();
    QCOMPARE(answer.header("connection"), "keep-alive");
    QCOMPARE(answer.body, streamedBytes(0, 100));
    client.send("GET /out/1000000?unknown HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    QVERIFY(client.waitForEnd());
    const QByteArray received = client.received();
    const qsizetype end = received.indexOf("\r\n\r\n");
    QVERIFY(received.first(end).contains("Connection: close"));
    QVERIFY(!received.first(end).contains("Transfer-Encoding"));
    QVERIFY(received.sliced(end + 4) == streamedBytes(0, 1'000'000));
}

void TestStreamOut::head()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send("HEAD /out/12345 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /out/5?unknown HTTP/1.1\r\nHost: a\r\n\r\n"
                "HEAD /page HTTP/1.1\r\nHost: a\r\n\r\n"
        + get("/hello"));
    QCOMPARE(client.answer(true).header("content-length"), "12345");
    QCOMPARE(client.answer(true).header("transfer-encoding"), "chunked");
    QCOMPARE(client.answer(true).header("content-length"), "4");
    QCOMPARE(client.answer().body, "hello");
    QCOMPARE(server.handler.streams.size(), size_t(2));
    for (const StreamPtr &stream : server.handler.streams) {
        QVERIFY(stream->gone);
        QCOMPARE(stream->calls, 0);
    }
}

void TestStreamOut::withoutABody()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    for (const int status : {204, 304}) {
        server.handler.status = status;
        client.send(get("/out/100") + get("/hello"));
        const Answer answer = client.answer();
        QCOMPARE(answer.status, status);
        QVERIFY(answer.header("content-length").isEmpty());
        QVERIFY(answer.header("transfer-encoding").isEmpty());
        QCOMPARE(client.answer().body, "hello");
        QCOMPARE(server.handler.last().calls, 0);
    }
}

void TestStreamOut::fromMemory()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(get("/page") + get("/page", "Connection: close\r\n"));
    QCOMPARE(client.answer().body, "page");
    QCOMPARE(client.answer().body, "page");
    QVERIFY(client.waitForEnd());
}

/// The body is not read: the connection ends after the answer.
void TestStreamOut::toARequestWithABody()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send("GET /out/3000000 HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n"
        + QByteArray(10'000'000, 'x'));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("connection"), "close");
    QVERIFY(answer.body == streamedBytes(0, 3'000'000));
    QVERIFY(client.waitForEnd(15'000));
}

void TestStreamOut::later()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(get("/out/200000?later&unknown"));
    for (int calls = 1; calls <= 9; calls += 2) {
        QTRY_VERIFY(!server.handler.streams.empty() && server.handler.last().calls == calls);
        server.handler.last().exchange->resume();
    }
    const Chunked answer = chunkedAnswer(client);
    QVERIFY(answer.complete);
    QVERIFY(answer.body == streamedBytes(0, 200'000));
}

void TestStreamOut::neverGoesOn()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure, quickLimits());
    server.handler.patience = 300ms;
    RawClient client(server.url());
    client.send(get("/out/200000?later"));
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().gone);
    QVERIFY(client.received().size() < 200'000);
}

void TestStreamOut::failsBeforeItsLength()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(get("/out/200000?fail=150000") + get("/hello"));
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().size() < 200'000);
    QVERIFY(server.handler.last().gone);
    QVERIFY(server.handled().isEmpty());
}

void TestStreamOut::failsInChunks()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(get("/out/200000?unknown&fail=150000"));
    QVERIFY(client.waitForEnd());
    QVERIFY(!client.received().endsWith("0\r\n\r\n"));
    QVERIFY(server.handler.last().gone);
}

/// HTTP/1.0 takes an end for the end: it gets an error instead.
void TestStreamOut::failsBeforeTheEnd()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    const QByteArray request = "GET /out/200000?unknown&fail=150000 HTTP/1.0\r\n\r\n";
    if (secure) {
        RawClient client(server.url());
        client.send(request);
        QVERIFY(client.waitForEnd());
        QVERIFY(client.received().size() < 200'000);
        return;
    }
    // QTcpSocket does not say which end it was.
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto close = qScopeGuard([client] { ::close(client); });
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(quint16(server.url().port()));
    QCOMPARE(::connect(client, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
    QCOMPARE(::send(client, request.constData(), size_t(request.size()), MSG_NOSIGNAL), request.size());
    QByteArray buffer(64 * 1024, '\0');
    int error = 0;
    const auto ended = [&] {
        const ssize_t got = ::recv(client, buffer.data(), size_t(buffer.size()), MSG_DONTWAIT);
        error = got < 0 ? errno : 0;
        return got == 0 || (got < 0 && error != EAGAIN);
    };
    QVERIFY(QTest::qWaitFor(ended));
    QCOMPARE(error, ECONNRESET);
}

void TestStreamOut::failsAtOnce()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(get("/out/200000?fail=0"));
    QVERIFY(client.waitForEnd());
    QVERIFY(client.received().size() < 1000);
    QVERIFY(server.handler.last().gone);
}

void TestStreamOut::clientLeaves()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    {
        RawClient client(server.url());
        client.socket().setReadBufferSize(1000);
        client.send(get("/out/500000000"));
        QTRY_VERIFY(client.socket().bytesAvailable() > 0);
        client.socket().abort();
    }
    QTRY_COMPARE(server.connectionCount(), 0);
    QVERIFY(server.handler.last().gone);
    QVERIFY(!server.handler.last().ended);
}

/// Nothing is pulled for a client that takes nothing, and it may not keep the source for ever.
void TestStreamOut::stalledReader()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure, quickLimits());
    RawClient client(server.url());
    client.socket().setReadBufferSize(1000);
    client.send(get("/out/500000000"));
    QTRY_VERIFY_WITH_TIMEOUT(!server.handler.streams.empty() && server.handler.last().gone, 30'000);
    QVERIFY(server.handler.last().bytes < 50'000'000); // the kernel's buffers
    QTRY_COMPARE(server.connectionCount(), 0);
}

/// THREATS 23: each keeps no more than a piece of its answer.
void TestStreamOut::stalledReadersTogether()
{
    QFETCH_GLOBAL(bool, secure);
    constexpr int count = 20;
    StreamServer server(secure);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.url()));
        clients.back()->socket().setReadBufferSize(1000);
        clients.back()->send(get("/out/500000000"));
        QTRY_VERIFY(clients.back()->socket().bytesAvailable() > 0);
    }
    QCOMPARE(server.connectionCount(), count); // nobody has to go for the others' sake
    RawClient other(server.url());
    other.send(get("/hello"));
    QCOMPARE(other.answer().body, "hello");
}

/// Slow, but not too slow.
void TestStreamOut::slowReader()
{
    QFETCH_GLOBAL(bool, secure);
    Limits limits = quickLimits();
    limits.bodyGrace = 500ms;
    StreamServer server(secure, limits);
    RawClient client(server.url());
    client.socket().setReadBufferSize(64 * 1024);
    constexpr qsizetype size = 20'000'000;
    client.send(get("/out/" + QByteArray::number(size)));
    QByteArray received;
    for (int i = 0; i < 25; ++i) { // four times its grace
        QTest::qWait(80);
        received += client.socket().read(256 * 1024);
    }
    client.socket().setReadBufferSize(0);
    QTRY_VERIFY_WITH_TIMEOUT((received += client.socket().readAll()).size() > size, 20'000);
    QVERIFY(received.endsWith(streamedBytes(size - 1000, 1000)));
}

void TestStreamOut::brokenFieldsAreNotSent_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");

    QTest::newRow("a second line") << QByteArray("X-A") << QByteArray("b\r\nSet-Cookie: c");
    QTest::newRow("no name") << QByteArray() << QByteArray("b");
    QTest::newRow("a length") << QByteArray("Content-Length") << QByteArray("1");
    QTest::newRow("a coding") << QByteArray("transfer-encoding") << QByteArray("chunked");
    QTest::newRow("a connection") << QByteArray("Connection") << QByteArray("close");
}

void TestStreamOut::brokenFieldsAreNotSent()
{
    QFETCH_GLOBAL(bool, secure);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    StreamServer server(secure);
    server.handler.fields = {{name, value}};
    RawClient client(server.url());
    QTest::ignoreMessage(QtCriticalMsg,
        "An answer with status 200 is withheld: it has a field that may not stand in its head.");
    client.send(get("/out/100"));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 500);
    QVERIFY(answer.header("set-cookie").isEmpty());
    QVERIFY(client.waitForEnd());
    QVERIFY(server.handler.last().gone);
}

void TestStreamOut::pipelined()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.send(get("/out/3000000") + get("/hello") + get("/out/70000") + get("/out/70001"));
    QVERIFY(client.answer().body == streamedBytes(0, 3'000'000));
    QCOMPARE(client.answer().body, "hello");
    QVERIFY(client.answer().body == streamedBytes(0, 70'000));
    QVERIFY(client.answer().body == streamedBytes(0, 70'001));

    // What comes behind an answer waits until it has been taken.
    RawClient slow(server.url());
    slow.socket().setReadBufferSize(1000);
    slow.send(get("/out/100000000") + get("/hello"));
    QTRY_VERIFY(slow.socket().bytesAvailable() > 0);
    QCOMPARE(server.handled().size(), 1);
}

void TestStreamOut::stopping()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.socket().setReadBufferSize(1000);
    client.send(get("/out/30000000"));
    QTRY_VERIFY(client.socket().bytesAvailable() > 0);
    server.stop();
    client.socket().setReadBufferSize(0);
    QVERIFY(client.answer().body == streamedBytes(0, 30'000'000));
    QVERIFY(client.waitForEnd());
    QTRY_COMPARE(server.connectionCount(), 0);
}

void TestStreamOut::serverGoes()
{
    QFETCH_GLOBAL(bool, secure);
    StreamServer server(secure);
    RawClient client(server.url());
    client.socket().setReadBufferSize(1000);
    client.send(get("/out/500000000"));
    QTRY_VERIFY(client.socket().bytesAvailable() > 0);
    server.destroy();
    QVERIFY(server.handler.last().gone);
}

/// One connection whose client takes all that it gets leaves others their turns (THREATS 31).
void TestStreamOut::takesTurns()
{
    QFETCH_GLOBAL(bool, secure);
    constexpr qsizetype size = 20'000'000;
    StreamServer server(secure);
    int inThisTurn = 0;
    int most = 0;
    QObject context;
    connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake, &context,
        [&inThisTurn] { inThisTurn = 0; });
    server.handler.pulled = [&](Stream &) { most = std::max(most, ++inThisTurn); };
    RawClient client(server.url());
    client.send(get("/out/" + QByteArray::number(size)));
    const Answer answer = client.answer();
    QVERIFY(answer.body == streamedBytes(0, size));
    QVERIFY2(most > 0 && most <= 8, QByteArray::number(most));
}

ROOKERY_DISPATCHER_TEST_MAIN(TestStreamOut)
#include "tst_net_streamout.moc"
