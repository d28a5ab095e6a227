// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/costs.h"
#include "tests/server/ws/wsfixture.h"

#include <QElapsedTimer>
#include <QSet>
#include <QTest>

using namespace rookery;
using namespace rookery::test;

/// THREATS 31. Sending faster than the limit: messages are delayed, not lost, and keep their order. Only a
/// user who sends over many sockets at once is refused.
class WsPaceTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aBurstIsReadMoreSlowly_data();
    void aBurstIsReadMoreSlowly();
    void manySocketsAreRefusedInTheEnd();
    void nothingPassesARefusedMessage();
    void readingCostsAsWell();
    void aLongHistoryCostsAsWell();
    void whatTakesLongIsChargedByTheClock();
    void nothingPassesOneTooMuchForTheDay_data();
    void nothingPassesOneTooMuchForTheDay();
};

namespace {

bool has(const WebSocketClient &socket, const QString &type)
{
    return std::any_of(socket.pending().cbegin(), socket.pending().cend(),
        [&type](const QJsonObject &frame) { return frame[QLatin1String("type")].toString() == type; });
}

WsOptions limitedTo(int perSecond, int burst)
{
    WsOptions options;
    options.accounts = WsOptions::withoutRates();
    options.accounts.limits.messagesPerSecond = perSecond;
    options.accounts.limits.messagesBurst = burst;
    return options;
}

} // namespace

void WsPaceTest::aBurstIsReadMoreSlowly_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("room");
    QTest::newRow("lobby of 002") << QStringLiteral("/") << QString();
    QTest::newRow("room of 004") << QStringLiteral("/ws/chat/burst/") << QString();
    QTest::newRow("native, by id") << QStringLiteral("/ws/v1") << QStringLiteral("id");
    QTest::newRow("native, by name") << QStringLiteral("/ws/v1") << QStringLiteral("name");
}

void WsPaceTest::aBurstIsReadMoreSlowly()
{
    QFETCH(QString, path);
    QFETCH(QString, room);
    const bool native = !room.isEmpty();
    WsFixture fixture(limitedTo(200, 10));
    const Person ann = fixture.newPerson(QStringLiteral("ann"));
    const Room lobby = fixture.core.rooms->lobby();
    WebSocketClient socket;
    QVERIFY(socket.open(fixture.url(path), ann.token));
    if (native) {
        socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
        QVERIFY(!socket.next(QStringLiteral("hello")).isEmpty());
    }
    constexpr int count = 300;
    for (int i = 0; i < count; ++i) {
        const QString words = QString::number(i);
        if (native)
            socket.send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("ref"), i},
                {QStringLiteral("room"), room == QLatin1String("id") ? lobby.id : lobby.name},
                {QStringLiteral("text"), words}});
        else
            socket.send({{QStringLiteral("message"), words}});
    }
    for (int i = 0; i < count; ++i) {
        QJsonObject frame = socket.next(native ? QStringLiteral("ack") : QStringLiteral("chat_message"));
        QVERIFY2(!frame.isEmpty(), qPrintable(QString::number(i)));
        if (native)
            QCOMPARE(frame[QLatin1String("ref")].toInt(-1), i);
        else
            QCOMPARE(frame[QLatin1String("message")].toString(), QString::number(i));
    }
    QVERIFY(!has(socket, QStringLiteral("error")));
}

void WsPaceTest::manySocketsAreRefusedInTheEnd()
{
    WsFixture fixture(limitedTo(1, 1));
    const Person ann = fixture.newPerson(QStringLiteral("ann"));
    std::vector<std::unique_ptr<WebSocketClient>> sockets;
    for (int i = 0; i < 8; ++i) {
        sockets.push_back(std::make_unique<WebSocketClient>());
        QVERIFY(sockets.back()->open(fixture.url(QStringLiteral("/")), ann.token));
    }
    for (const auto &socket : sockets)
        socket->send({{QStringLiteral("message"), QStringLiteral("quick")}});
    QJsonObject error;
    QTRY_VERIFY(std::any_of(sockets.cbegin(), sockets.cend(),
        [](const auto &socket) { return has(*socket, QStringLiteral("error")); }));
    for (const auto &socket : sockets) {
        if (has(*socket, QStringLiteral("error")))
            error = socket->next(QStringLiteral("error"));
    }
    QCOMPARE(text(error, "code"), QStringLiteral("rate_limited"));
    QVERIFY(number(error, "retry_after_ms") > core::Messages::longestPause.count());
}

/// A message that goes through behind a refused one would be a conversation with a hole that its sender fills
/// later, out of order.
void WsPaceTest::nothingPassesARefusedMessage()
{
    WsFixture fixture(limitedTo(1, 1));
    const Person ann = fixture.newPerson(QStringLiteral("ann"));
    for (int i = 0; i < 4; ++i) // all that may be taken in advance, by other sockets
        QVERIFY(fixture.core.thread->core().messages->pace(ann.principal, QStringLiteral("words")).ok());
    WebSocketClient socket;
    QVERIFY(socket.open(fixture.url(QStringLiteral("/")), ann.token));
    for (int i = 0; i < 3; ++i)
        socket.send({{QStringLiteral("message"), QString::number(i)}});
    for (int i = 0; i < 3; ++i)
        QCOMPARE(text(socket.next(QStringLiteral("error")), "code"), QStringLiteral("rate_limited"));
}

/// What a user may cause is bounded whatever it consists of: looking for rooms that are not there, here.
void WsPaceTest::readingCostsAsWell()
{
    WsOptions options;
    options.accounts = WsOptions::withoutRates();
    options.accounts.limits.workPerUser = 10; // 200 ms at once
    WsFixture fixture(options);
    const Person ann = fixture.newPerson(QStringLiteral("ann"));
    WebSocketClient socket;
    QVERIFY(socket.open(fixture.url(QStringLiteral("/ws/v1")), ann.token));
    socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
    QVERIFY(!socket.next(QStringLiteral("hello")).isEmpty());
    const int count = 200'000 / core::costs::subscription + 20;
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < count; ++i)
        socket.send({{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("ref"), i},
            {QStringLiteral("room"), QStringLiteral("none") + QString::number(i)}});
    QSet<int> answered;
    while (answered.size() < count) {
        const QJsonObject frame = socket.next(QStringLiteral("error"));
        QVERIFY2(!frame.isEmpty(), qPrintable(QString::number(answered.size())));
        answered.insert(frame[QLatin1String("ref")].toInt());
    }
    // What went beyond the budget had to flow in first.
    QVERIFY2(clock.elapsed() >= 500, qPrintable(QString::number(clock.elapsed())));
}

void WsPaceTest::aLongHistoryCostsAsWell()
{
    WsOptions options;
    options.accounts = WsOptions::withoutRates();
    options.accounts.limits.workPerUser = 2; // 40 ms at once: twenty pages or so
    WsFixture fixture(options);
    const Person ann = fixture.newPerson(QStringLiteral("ann"));
    const Person bob = fixture.newPerson(QStringLiteral("bob"));
    const Room room = fixture.core.openRoom(ann.principal, QStringLiteral("long"));
    constexpr int count = 2400;
    for (int i = 0; i < count; ++i)
        QVERIFY(fixture.core.send(ann.principal, room, QStringLiteral("words")).ok());
    WebSocketClient socket;
    QElapsedTimer clock;
    clock.start();
    QVERIFY(socket.open(fixture.url(QStringLiteral("/ws/chat/long/?since=0")), bob.token));
    for (int seq = 1; seq <= count; ++seq)
        QCOMPARE(number(socket.next(QStringLiteral("chat_message")), "seq"), seq);
    QVERIFY2(clock.elapsed() >= 1000, qPrintable(QString::number(clock.elapsed())));
}

/// A message can be made so that it takes long to read.
void WsPaceTest::whatTakesLongIsChargedByTheClock()
{
    WsOptions options;
    options.accounts = WsOptions::withoutRates();
    options.accounts.limits.workPerUser = 5; // 100 ms at once
    WsFixture fixture(options);
    const Person ann = fixture.newPerson(QStringLiteral("ann"));
    WebSocketClient socket;
    QVERIFY(socket.open(fixture.url(QStringLiteral("/ws/v1")), ann.token));
    socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
    QVERIFY(!socket.next(QStringLiteral("hello")).isEmpty());
    QString members = QStringLiteral("{");
    for (int i = 0; i < 7000; ++i)
        members += QStringLiteral("\"%1\":0,").arg(i, 0, 36);
    const QString text = members + QStringLiteral("\"1\":0}"); // one name twice, and no type
    const int price = core::costs::frame + int(text.size() / 1024) * core::costs::perKiB;
    const int count = 90'000 / price; // which the budget would suffice for
    for (int i = 0; i < count; ++i)
        socket.socket().sendTextMessage(text);
    bool slowed = false;
    QElapsedTimer sinceLast;
    for (int i = 0; i < count && !slowed; ++i) {
        sinceLast.start();
        slowed = socket.next(QStringLiteral("error")).isEmpty() || sinceLast.elapsed() >= 1000;
    }
    QVERIFY(slowed);
}

void WsPaceTest::nothingPassesOneTooMuchForTheDay_data()
{
    QTest::addColumn<qint64>("ofUser");
    QTest::addColumn<qint64>("ofNetwork");
    QTest::newRow("user") << qint64(4000) << qint64(0);
    QTest::newRow("network") << qint64(0) << qint64(4000);
}

/// THREATS 37. A short message would still find its place behind a long one that did not; it must not.
void WsPaceTest::nothingPassesOneTooMuchForTheDay()
{
    QFETCH(qint64, ofUser);
    QFETCH(qint64, ofNetwork);
    WsOptions options;
    options.accounts = WsOptions::withoutRates();
    options.accounts.limits.bytesPerUserPerDay = ofUser;
    options.accounts.limits.bytesPerNetworkPerDay = ofNetwork;
    WsFixture fixture(options);
    const Person ann = fixture.newPerson(QStringLiteral("ann"));
    WebSocketClient socket;
    QVERIFY(socket.open(fixture.url(QStringLiteral("/ws/v1")), ann.token));
    socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
    QVERIFY(!socket.next(QStringLiteral("hello")).isEmpty());
    const QString lobby = fixture.core.rooms->lobby().id;
    int ref = 0;
    const auto say = [&](const QString &words) {
        socket.send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("ref"), ++ref},
            {QStringLiteral("room"), lobby}, {QStringLiteral("text"), words}});
    };
    say(QString(100, u'a'));
    QCOMPARE(number(socket.next(QStringLiteral("ack")), "ref"), 1);
    say(QString(4000, u'a'));
    say(QStringLiteral("short"));
    for (ref = 2; ref <= 3; ++ref) {
        const QJsonObject error = socket.next(QStringLiteral("error"));
        QCOMPARE(number(error, "ref"), ref);
        QCOMPARE(text(error, "code"), QStringLiteral("rate_limited"));
        QVERIFY(number(error, "retry_after_ms") > 1000);
    }
}

QTEST_GUILESS_MAIN(WsPaceTest)
#include "tst_ws_pace.moc"
