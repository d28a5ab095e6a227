// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/websocket/websocketconnection.h"
#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/testserver.h"
#include "tests/server/net/wsframe.h"
#include "tests/wire/rawclient.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QTest>
#include <QWebSocket>

#include <algorithm>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;
using rookery::test::RawClient;
using namespace std::chrono_literals;

namespace {

/// Echoes each text, after using `work` of the thread's time.
class Worker final : public WebSocket::Listener
{
public:
    explicit Worker(WebSocket *socket)
        : m_socket(socket)
    {
        socket->setListener(this);
    }
    ~Worker()
    {
        if (m_socket)
            m_socket->setListener(nullptr);
    }
    WebSocket *socket() const { return m_socket; }

    std::function<void(const QByteArray &)> onText;
    int texts = 0;
    int others = 0;
    bool isClosed = false;
    quint16 code = 0;

private:
    void textReceived(const QByteArray &utf8) override
    {
        ++texts;
        if (onText)
            onText(utf8);
        if (m_socket)
            m_socket->sendText(utf8);
    }
    void otherFramesReceived(int count) override { others += count; }
    void closed(quint16 closeCode) override
    {
        code = closeCode;
        isClosed = true;
        m_socket = nullptr;
    }

    WebSocket *m_socket;
};

constexpr qint64 allMayKeep = 1024 * 1024;

void workFor(std::chrono::microseconds time)
{
    const QDeadlineTimer end(time, Qt::PreciseTimer);
    while (!end.hasExpired()) { }
}

} // namespace

/// THREATS 31. How fast one socket is read: the limits per turn, and back-pressure.
class WebSocketPaceTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void aFloodLeavesTurnsToOthers_data();
    void aFloodLeavesTurnsToOthers();
    void heldMessagesComeInOrder();
    void aPauseEndsByItself();
    void aHeldSocketCanBeClosed();
    void aHeldPeerIsNotDead();
    void whatAllKeepIsBounded();
    void whoIsClosedIsNotReadForLong();
    void framesThatAreNoMessagesAreTold();

private:
    Worker *worker(int index) const { return m_workers[size_t(index)].get(); }
    std::unique_ptr<QWebSocket> newClient();

    Limits m_limits;
    std::unique_ptr<TestServer> m_server;
    std::vector<std::unique_ptr<Worker>> m_workers;
};

void WebSocketPaceTest::init()
{
    m_limits = {};
    m_limits.pingInterval = 100ms;
    m_limits.pongTimeout = 60s;
    if (QLatin1String(QTest::currentTestFunction()) == QLatin1String("aHeldPeerIsNotDead"))
        m_limits.pongTimeout = 1500ms;
    if (QLatin1String(QTest::currentTestFunction()) == QLatin1String("whatAllKeepIsBounded"))
        m_limits.outboundBytesPerThread = allMayKeep;
    m_server = std::make_unique<TestServer>(m_limits);
    m_server->server().setHandshakeFilter(
        [](const Handshake &) -> std::optional<Error> { return std::nullopt; });
    connect(
        &m_server->server(), &Server::webSocketOpened, this, [this](WebSocket *socket, const Handshake &) {
            m_workers.push_back(std::make_unique<Worker>(socket));
        });
}

void WebSocketPaceTest::cleanup()
{
    m_workers.clear();
    m_server.reset();
}

std::unique_ptr<QWebSocket> WebSocketPaceTest::newClient()
{
    const size_t before = m_workers.size();
    auto client = std::make_unique<QWebSocket>();
    QUrl url = m_server->url();
    url.setScheme(QStringLiteral("ws"));
    url.setPath(QStringLiteral("/ws"));
    client->open(url);
    return QTest::qWaitFor([&] {
        return m_workers.size() > before && client->state() == QAbstractSocket::ConnectedState;
    })
        ? std::move(client)
        : nullptr;
}

void WebSocketPaceTest::aFloodLeavesTurnsToOthers_data()
{
    QTest::addColumn<int>("messages");
    QTest::addColumn<int>("microseconds");
    QTest::newRow("many cheap ones") << 50'000 << 0;
    QTest::newRow("few dear ones") << 600 << 2000;
}

/// One read brings thousands of small messages; all of them in one turn was one turn of seconds.
void WebSocketPaceTest::aFloodLeavesTurnsToOthers()
{
    QFETCH(int, messages);
    QFETCH(int, microseconds);
    const auto flooder = newClient();
    const auto other = newClient();
    QVERIFY(flooder && other);
    Worker *const flooded = worker(0);
    flooded->onText = [microseconds](
                          const QByteArray &) { workFor(std::chrono::microseconds(microseconds)); };

    int between = 0; // messages of the flood that were handled between two of the other's answers
    int last = 0;
    int rounds = 0;
    connect(other.get(), &QWebSocket::textMessageReceived, this, [&] {
        between = std::max(between, flooded->texts - std::exchange(last, flooded->texts));
        ++rounds;
        if (flooded->texts < messages)
            other->sendTextMessage(QStringLiteral("and me"));
    });
    for (int i = 0; i < messages; ++i)
        flooder->sendTextMessage(QStringLiteral("x"));
    other->sendTextMessage(QStringLiteral("and me"));
    QTRY_COMPARE_WITH_TIMEOUT(flooded->texts, messages, 60'000);
    // A round trip of the other's takes a few turns of this one loop, in which its client lives as well.
    QVERIFY2(rounds > 10, qPrintable(QString::number(rounds)));
    QVERIFY2(between <= 12 * WebSocketConnection::messagesPerTurn, qPrintable(QString::number(between)));
}

void WebSocketPaceTest::heldMessagesComeInOrder()
{
    const auto client = newClient();
    QVERIFY(client);
    QByteArrayList seen;
    worker(0)->onText = [&](const QByteArray &text) {
        seen.append(text);
        if (seen.size() % 10 == 0)
            worker(0)->socket()->setReading(false);
    };
    QStringList answers;
    connect(client.get(), &QWebSocket::textMessageReceived, this,
        [&answers](const QString &text) { answers.append(text); });
    for (int i = 0; i < 100; ++i)
        client->sendTextMessage(QString::number(i));
    for (int held = 10; held <= 100; held += 10) {
        QTRY_COMPARE(
            answers.size(), held); // and none beyond: a later one would be among the answers next time
        QCOMPARE(seen.size(), held);
        worker(0)->socket()->setReading(true);
    }
    for (int i = 0; i < 100; ++i)
        QCOMPARE(answers[i], QString::number(i));
}

void WebSocketPaceTest::aPauseEndsByItself()
{
    const auto client = newClient();
    QVERIFY(client);
    QElapsedTimer clock;
    QList<qint64> times;
    worker(0)->onText = [&](const QByteArray &) {
        times.append(clock.elapsed());
        worker(0)->socket()->pauseReading(40ms);
        worker(0)->socket()->pauseReading(10ms); // does not shorten it
    };
    clock.start();
    for (int i = 0; i < 4; ++i)
        client->sendTextMessage(QString::number(i));
    QTRY_COMPARE(times.size(), 4);
    for (int i = 1; i < 4; ++i)
        QVERIFY2(times[i] - times[i - 1] >= 39, qPrintable(QString::number(times[i] - times[i - 1])));
}

void WebSocketPaceTest::aHeldSocketCanBeClosed()
{
    const auto client = newClient();
    QVERIFY(client);
    worker(0)->socket()->setReading(false);
    client->sendTextMessage(QStringLiteral("held"));
    worker(0)->socket()->close(CloseCode::Normal);
    QTRY_VERIFY(worker(0)->isClosed);
    QCOMPARE(worker(0)->texts, 0);
    QTRY_COMPARE(client->state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(client->closeCode(), QWebSocketProtocol::CloseCodeNormal);
}

void WebSocketPaceTest::aHeldPeerIsNotDead()
{
    const auto client = newClient();
    QVERIFY(client);
    worker(0)->socket()->setReading(false);
    QElapsedTimer held;
    held.start();
    QTRY_VERIFY_WITH_TIMEOUT(held.elapsed() > 2 * m_limits.pongTimeout.count(), 10'000);
    QVERIFY(!worker(0)->isClosed);
    worker(0)->socket()->setReading(true);
    client->sendTextMessage(QStringLiteral("here"));
    QTRY_COMPARE(worker(0)->texts, 1);
}

/// THREATS 32. None of them is past its own bound.
void WebSocketPaceTest::whatAllKeepIsBounded()
{
    constexpr int silent = 12;
    std::vector<std::unique_ptr<QWebSocket>> clients;
    for (int i = 0; i < silent; ++i) {
        clients.push_back(newClient());
        QVERIFY(clients.back());
        clients.back()->setReadBufferSize(1000);
    }
    const auto reader = newClient();
    QVERIFY(reader);
    qsizetype heard = 0;
    connect(reader.get(), &QWebSocket::textMessageReceived, this, [&heard] { ++heard; });

    const QByteArray message(10'000, 'x');
    const auto isOver = [](const auto &one) { return one->isClosed; };
    int sent = 0;
    qint64 mostOfAll = 0;
    qint64 mostOfOne = 0;
    for (; sent < 5000 && std::none_of(m_workers.cbegin(), m_workers.cend(), isOver); ++sent) {
        qint64 all = 0;
        for (const auto &one : m_workers) {
            if (one->socket())
                one->socket()->sendText(message);
        }
        for (const auto &one : m_workers) {
            const qint64 bytes = one->socket() ? one->socket()->queuedBytes() : 0;
            all += bytes;
            mostOfOne = std::max(mostOfOne, bytes);
        }
        mostOfAll = std::max(mostOfAll, all);
        QCoreApplication::processEvents();
    }
    const auto closed = std::count_if(m_workers.cbegin(), m_workers.cend(), isOver);
    QVERIFY(closed >= 1 && closed < silent);
    for (const auto &one : m_workers)
        QVERIFY(!one->isClosed || one->code == quint16(CloseCode::SlowReader));
    QVERIFY2(mostOfOne < m_limits.outboundBytes, qPrintable(QString::number(mostOfOne)));
    // What is little is not counted.
    QVERIFY2(
        mostOfAll <= allMayKeep + silent * 4096 + message.size(), qPrintable(QString::number(mostOfAll)));
    QVERIFY(!worker(silent)->isClosed);
    QTRY_COMPARE(heard, sent);
}

/// THREATS 31. The close frame of the peer is awaited, but not through a flood of others.
void WebSocketPaceTest::whoIsClosedIsNotReadForLong()
{
    RawClient client(m_server->url());
    client.send("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    QTRY_COMPARE(m_workers.size(), size_t(1));
    worker(0)->socket()->close(CloseCode::PolicyViolation, QStringLiteral("Enough."));
    const QByteArray many = text(QByteArray(60'000, 'x')).repeated(10);
    qint64 sent = 0;
    connect(&client.socket(), &QTcpSocket::bytesWritten, this, [&sent](qint64 bytes) { sent += bytes; });
    QElapsedTimer time;
    time.start();
    while (client.socket().state() == QAbstractSocket::ConnectedState && !time.hasExpired(20'000)) {
        if (client.socket().bytesToWrite() < many.size())
            client.send(many);
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 10);
    }
    QVERIFY(client.socket().state() != QAbstractSocket::ConnectedState);
    // Through the three seconds for which a close frame is awaited it was gigabytes.
    QVERIFY2(sent < 200'000'000, qPrintable(QString::number(sent)));
    QTRY_COMPARE(m_server->server().connectionCount(), 0);
}

/// So that they can be charged for: a flood of them is work as well.
void WebSocketPaceTest::framesThatAreNoMessagesAreTold()
{
    RawClient client(m_server->url());
    client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n");
    QCOMPARE(client.answer(true).status, 101);
    QTRY_COMPARE(m_workers.size(), size_t(1));
    QByteArray bytes = frame(0x89, "a ping") + frame(0x8a, "a pong") + frame(0x01, "be");
    for (int i = 0; i < 100; ++i)
        bytes += frame(0x00, "");
    client.send(bytes + frame(0x80, "gun"));
    QTRY_COMPARE(worker(0)->texts, 1);
    QCOMPARE(worker(0)->others, 103); // of the message's 102 frames one is the message
}

ROOKERY_DISPATCHER_TEST_MAIN(WebSocketPaceTest)
#include "tst_net_websocketpace.moc"
