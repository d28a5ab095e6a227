// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/daemon/frameparts.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <QElapsedTimer>
#include <QSet>
#include <QTest>
#include <QTimer>

#include <memory>
#include <vector>

using namespace rookery::test;

/// THREATS 31. A burst that is refused in part, because its user sends over many sockets at once. A client
/// that sends the refused messages again, in order, ends with all of them, once and in order, whatever was in
/// flight at the first refusal.
class BurstsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void whatWasRefusedIsSentAgain_data();
    void whatWasRefusedIsSentAgain();
    void aSenderThatGoesOnIsNotReordered();

private:
    using Sockets = std::vector<std::unique_ptr<WebSocketClient>>;
    /// Sockets that use up what the user may send in advance as long as they live: each sends another message
    /// for every one that is refused. Returns once one was; empty if none is.
    Sockets greedySockets(const TestUser &user);
    void verifyHistory(const TestUser &user, const QString &room, int count);
    TestUser newUser() { return registerUser(m_daemon.url(), QStringLiteral("ann%1").arg(++m_users)); }

    TestDaemon m_daemon{{},
        {{QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("20")},
            {QStringLiteral("ROOKERY_LIMITS_MESSAGES_BURST"), QStringLiteral("1")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_USER"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_NETWORK"), QStringLiteral("0")}}};
    int m_users = 0;
};

namespace {

constexpr int burst = 100;
/// Of 20 messages a second each socket may take one in advance, until three seconds are taken.
constexpr int greedyCount = 75;
/// Of each, before any is refused. One that is accepted takes three seconds.
constexpr int greedyMessages = 20;

/// One user's socket in some dialect, and the state of the messages "0", "1" … that it has sent.
class Sender
{
public:
    Sender(bool native, bool withClientIds)
        : m_native(native)
    {
        for (int i = 0; withClientIds && i < burst; ++i)
            m_clientIds.append(newUuid());
    }

    bool open(const TestDaemon &daemon, const QString &path, const TestUser &user)
    {
        if (!socket.open(daemon.webSocketUrl(path), user.token))
            return false;
        if (m_native) {
            socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
            return !socket.next(QStringLiteral("hello")).isEmpty();
        }
        return true;
    }
    void send(int i)
    {
        QJsonObject frame;
        if (m_native)
            frame = {{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("ref"), i},
                {QStringLiteral("room"), QStringLiteral("lobby")}};
        frame.insert(m_native ? QStringLiteral("text") : QStringLiteral("message"), QString::number(i));
        if (!m_clientIds.isEmpty())
            frame.insert(QStringLiteral("client_id"), m_clientIds.at(i));
        socket.send(frame);
    }
    /// Takes the next frame that says something about a message, if one comes.
    bool take()
    {
        const QString accepted = m_native ? QStringLiteral("ack") : QStringLiteral("chat_message");
        const QJsonObject frame = socket.next([&](const QJsonObject &candidate) {
            const QString type = text(candidate, "type");
            return type == accepted || type == QLatin1String("error");
        });
        if (text(frame, "type") == accepted) {
            stored.insert(m_native ? frame[QLatin1String("ref")].toInt(-1) : text(frame, "message").toInt());
            return true;
        }
        ++errors;
        lastRefused = frame[QLatin1String("ref")].toInt(-1);
        retryAfter = frame[QLatin1String("retry_after_ms")].toInt();
        return text(frame, "code") == QLatin1String("rate_limited") && retryAfter > 0;
    }

    WebSocketClient socket;
    QSet<int> stored;
    int errors = 0;
    int lastRefused = -1; ///< native only
    int retryAfter = 0; ///< of the last error

private:
    bool m_native;
    QStringList m_clientIds;
};

} // namespace

void BurstsTest::initTestCase()
{
    QVERIFY2(m_daemon.start(), m_daemon.log());
}

BurstsTest::Sockets BurstsTest::greedySockets(const TestUser &user)
{
    Sockets sockets;
    for (int i = 0; i < greedyCount; ++i) {
        sockets.push_back(std::make_unique<WebSocketClient>());
        if (!sockets.back()->open(m_daemon.webSocketUrl(QStringLiteral("/websocket")), user.token))
            return {};
    }
    auto refusals = std::make_shared<int>(0);
    for (const auto &socket : sockets) {
        const auto sendGreedily = [socket = socket.get(), user] {
            socket->send({{QStringLiteral("sender"), user.id}, {QStringLiteral("receiver"), user.id},
                {QStringLiteral("content"), QStringLiteral("greedy")}});
        };
        for (int i = 0; i < greedyMessages; ++i)
            sendGreedily();
        connect(&socket->socket(), &QWebSocket::textMessageReceived, &socket->socket(),
            [refusals, sendGreedily, context = &socket->socket()](const QString &frame) {
                if (!frame.contains(QLatin1String("rate_limited")))
                    return;
                ++*refusals;
                QTimer::singleShot(50, context, sendGreedily);
            });
    }
    const bool refused = QTest::qWaitFor([&] { return *refusals > 0; }, 15'000);
    return refused ? std::move(sockets) : Sockets();
}

void BurstsTest::verifyHistory(const TestUser &user, const QString &room, int count)
{
    int next = 0;
    qint64 after = 0;
    for (bool more = true; more;) {
        const HttpAnswer page = request("GET",
            m_daemon.url().resolved(
                QUrl(QStringLiteral("/api/v1/rooms/%1/events?limit=200&after=%2").arg(room).arg(after))),
            {}, user.token);
        QCOMPARE(page.status, 200);
        for (const QJsonValue event : page.json[QLatin1String("events")].toArray()) {
            after = event[QLatin1String("seq")].toInteger();
            if (event[QLatin1String("sender")][QLatin1String("id")].toString() == user.id)
                QCOMPARE(event[QLatin1String("text")].toString(), QString::number(next++));
        }
        more = page.json[QLatin1String("has_more")].toBool();
    }
    QCOMPARE(next, count);
}

void BurstsTest::whatWasRefusedIsSentAgain_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("room");
    QTest::addColumn<bool>("withClientIds");
    QTest::newRow("native") << "/ws/v1"
                            << "lobby" << true;
    QTest::newRow("native without client ids") << "/ws/v1"
                                               << "lobby" << false;
    QTest::newRow("002") << "/"
                         << "lobby" << true;
    QTest::newRow("004 without client ids") << "/ws/chat/burst/"
                                            << "burst" << false;
}

void BurstsTest::whatWasRefusedIsSentAgain()
{
    QFETCH(QString, path);
    QFETCH(QString, room);
    QFETCH(bool, withClientIds);
    const TestUser ann = newUser();
    Sender sender(path == QLatin1String("/ws/v1"), withClientIds);
    QVERIFY(sender.open(m_daemon, path, ann));
    Sockets greedy = greedySockets(ann);
    QVERIFY(!greedy.empty());
    QList<int> unsettled;
    for (int i = 0; i < burst; ++i)
        unsettled.append(i);
    int rounds = 0;
    for (; !unsettled.isEmpty(); ++rounds) {
        QVERIFY2(rounds < 10, qPrintable(QString::number(unsettled.size())));
        for (const int i : std::as_const(unsettled))
            sender.send(i);
        for (qsizetype i = 0; i < unsettled.size(); ++i) {
            QVERIFY2(sender.take(), qPrintable(QString::number(i)));
            if (sender.errors > 0)
                greedy.clear();
        }
        unsettled.removeIf([&](int i) { return sender.stored.contains(i); });
        if (!unsettled.isEmpty())
            QTest::qWait(sender.retryAfter);
    }
    QVERIFY(rounds > 1);
    verifyHistory(ann, room, burst);
}

/// Sends on while refusals come in, as a program does that has not read them yet, and goes back to the first
/// refused message once its time has come.
void BurstsTest::aSenderThatGoesOnIsNotReordered()
{
    const TestUser ann = newUser();
    Sender sender(true, true);
    QVERIFY(sender.open(m_daemon, QStringLiteral("/ws/v1"), ann));
    Sockets greedy = greedySockets(ann);
    QVERIFY(!greedy.empty());
    int next = 0;
    int firstRefused = -1;
    QElapsedTimer sinceRefusal;
    qint64 wait = 0;
    QElapsedTimer clock;
    clock.start();
    while (sender.stored.size() < burst) {
        QVERIFY2(clock.elapsed() < 60'000, qPrintable(QString::number(sender.stored.size())));
        if (next < burst)
            sender.send(next++);
        while (!sender.socket.pending().isEmpty()) {
            const int before = sender.errors;
            const auto &frames = sender.socket.pending();
            if (!std::any_of(frames.cbegin(), frames.cend(), [](const QJsonObject &frame) {
                    return text(frame, "type") == QLatin1String("ack")
                        || text(frame, "type") == QLatin1String("error");
                }))
                break;
            QVERIFY(sender.take());
            if (sender.errors > before)
                greedy.clear();
            if (sender.errors > before && firstRefused < 0) {
                firstRefused = sender.lastRefused;
                wait = sender.retryAfter;
                sinceRefusal.start();
            }
        }
        if (firstRefused >= 0 && sinceRefusal.elapsed() >= wait) {
            next = firstRefused;
            firstRefused = -1;
        }
        QTest::qWait(5);
    }
    QVERIFY(sender.errors > 0);
    verifyHistory(ann, QStringLiteral("lobby"), burst);
}

QTEST_GUILESS_MAIN(BurstsTest)
#include "tst_bursts.moc"
