// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/ws/wsfixture.h"

#include "common/ids.h"

#include <QTest>

using namespace rookery;
using namespace rookery::test;

/// `/` and `/websocket`: the documents 000, 001 and 002.
class WsPersonalTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void lobbyMessagesReachEverybody_data();
    void lobbyMessagesReachEverybody();
    void acknowledgementsSpeakTheClientsDialect();
    void noHistoryOfTheLobby();
    void disconnectClosesWith1000();
    void directMessages_data();
    void directMessages();
    void directMessagesKeepTheirOrder();
    void nobodyElseHearsADirectMessage();
    void refusals_data();
    void refusals();
    void aClientIdIsStoredOnce();
    void aReusedClientIdIsRefused();

private:
    /// Opens a socket and makes sure that the server listens to it.
    void open(WebSocketClient &socket, const QString &path, const Person &person);

    std::unique_ptr<WsFixture> m;
    Person m_ann;
    Person m_bob;
};

void WsPersonalTest::initTestCase()
{
    m = std::make_unique<WsFixture>();
    m_ann = m->newPerson(QStringLiteral("ann"));
    m_bob = m->newPerson(QStringLiteral("bob"));
    QVERIFY(!m_bob.token.isEmpty());
}

void WsPersonalTest::open(WebSocketClient &socket, const QString &path, const Person &person)
{
    QVERIFY(socket.open(m->url(path), person.token));
    // An error answers at once, as soon as the session is open.
    socket.sendRaw(QStringLiteral("{"));
    QCOMPARE(text(socket.next(QStringLiteral("error")), "code"), QStringLiteral("invalid_json"));
}

void WsPersonalTest::lobbyMessagesReachEverybody_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::newRow("002 {message}") << QByteArray(R"({"message":"Hello, world!"})");
    QTest::newRow("002 event message") << QByteArray(R"({"event":"message","message":"Hello, world!"})");
}

void WsPersonalTest::lobbyMessagesReachEverybody()
{
    QFETCH(const QByteArray, frame);
    WebSocketClient ann;
    WebSocketClient bob;
    WebSocketClient elsewhere;
    open(ann, QStringLiteral("/"), m_ann);
    open(bob, QStringLiteral("/"), m_bob);
    open(elsewhere, QStringLiteral("/websocket"), m_bob);

    ann.sendRaw(QString::fromUtf8(frame));
    const QJsonObject heard = bob.next();
    QCOMPARE(text(heard, "type"), QStringLiteral("chat_message"));
    QCOMPARE(text(heard, "event"), QStringLiteral("message"));
    QCOMPARE(text(heard, "message"), QStringLiteral("Hello, world!"));
    QCOMPARE(text(heard, "sender_username"), m_ann.name());
    QCOMPARE(text(heard, "sender_id"), m_ann.id());
    QCOMPARE(text(heard, "room"), QStringLiteral("lobby"));
    QVERIFY(text(heard, "timestamp").endsWith(u'Z'));
    QVERIFY(number(heard, "seq") > 0);

    QCOMPARE(ann.next(), heard); // the sender's socket as well
    const QJsonObject ack = ann.next();
    QCOMPARE(text(ack, "type"), QStringLiteral("ack"));
    QVERIFY(!ack.contains(QLatin1String("message"))); // a client of 002 would show it
    for (const char *field : {"id", "client_id", "timestamp"})
        QCOMPARE(text(ack, field), text(heard, field));
    QCOMPARE(number(ack, "seq"), number(heard, "seq"));
    QCOMPARE(ack[QLatin1String("duplicate")], QJsonValue(false));

    // 001 knows no lobby.
    elsewhere.sendRaw(QStringLiteral("{"));
    QCOMPARE(text(elsewhere.next(), "code"), QStringLiteral("invalid_json"));
}

void WsPersonalTest::acknowledgementsSpeakTheClientsDialect()
{
    WebSocketClient ann;
    open(ann, QStringLiteral("/"), m_ann);
    const QJsonObject direct{{QStringLiteral("senderId"), m_ann.id()},
        {QStringLiteral("receiverId"), m_bob.id()}, {QStringLiteral("message"), QStringLiteral("psst")}};
    const QString received = QStringLiteral("Message received");

    ann.sendRaw(QStringLiteral("Hello, how are you?"));
    const QJsonObject said = ann.next(QStringLiteral("chat_message"));
    QCOMPARE(text(said, "message"), QStringLiteral("Hello, how are you?"));
    QCOMPARE(text(said, "room"), QStringLiteral("lobby"));
    QCOMPARE(text(ann.next(QStringLiteral("ack")), "message"), received);
    ann.send(direct);
    QCOMPARE(text(ann.next(QStringLiteral("ack")), "message"), received);

    // From its first frame of 002 on the socket is one that shows every `message`.
    ann.send(object(R"({"event":"message","message":"Hello, world!"})"));
    QVERIFY(!ann.next(QStringLiteral("ack")).contains(QLatin1String("message")));
    ann.send(direct);
    QVERIFY(!ann.next(QStringLiteral("ack")).contains(QLatin1String("message")));
}

void WsPersonalTest::noHistoryOfTheLobby()
{
    m->fill(m_ann, m->core.rooms->lobby(), 3);
    WebSocketClient bob;
    QVERIFY(bob.open(m->url(QStringLiteral("/")), m_bob.token));
    bob.send(object(R"({"message":"the first that I hear"})"));
    QCOMPARE(text(bob.next(), "message"), QStringLiteral("the first that I hear"));
}

void WsPersonalTest::disconnectClosesWith1000()
{
    WebSocketClient ann;
    open(ann, QStringLiteral("/"), m_ann);
    ann.send(object(R"({"event":"disconnect"})"));
    QCOMPARE(ann.closeCode(), int(CloseCode::Normal));
}

void WsPersonalTest::directMessages_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QStringList>("fields");
    QTest::addColumn<bool>("byName");
    const QStringList of000{
        QStringLiteral("senderId"), QStringLiteral("receiverId"), QStringLiteral("message")};
    const QStringList of001{QStringLiteral("sender"), QStringLiteral("receiver"), QStringLiteral("content")};
    QTest::newRow("000 on / by id") << "/" << of000 << false;
    QTest::newRow("000 on / by name") << "/" << of000 << true;
    QTest::newRow("001's form on /") << "/" << of001 << true;
    QTest::newRow("001 on /websocket by name") << "/websocket" << of001 << true;
    QTest::newRow("001 on /websocket by id") << "/websocket" << of001 << false;
}

void WsPersonalTest::directMessages()
{
    QFETCH(const QString, path);
    QFETCH(const QStringList, fields);
    QFETCH(const bool, byName);
    WebSocketClient from;
    WebSocketClient annPersonal;
    WebSocketClient bobPersonal;
    WebSocketClient bobDirect;
    WebSocketClient bobDirectToo;
    WebSocketClient bobRoom;
    open(from, path, m_ann);
    open(annPersonal, QStringLiteral("/"), m_ann);
    open(bobPersonal, QStringLiteral("/"), m_bob);
    open(bobDirect, QStringLiteral("/websocket"), m_bob);
    open(bobDirectToo, QStringLiteral("/websocket"), m_bob);
    QVERIFY(bobRoom.open(m->url(QStringLiteral("/ws/chat/") + m->newRoomName()), m_bob.token));
    QVERIFY(!bobRoom.next(QStringLiteral("room_users_list")).isEmpty());

    from.send({{fields[0], byName ? m_ann.name() : m_ann.id()},
        {fields[1], byName ? m_bob.name() : m_bob.id()}, {fields[2], QStringLiteral("Hello, how are you?")}});
    const QJsonObject ack = from.next(QStringLiteral("ack"));
    QCOMPARE(text(ack, "message"), QStringLiteral("Message received"));

    // Every open socket of both sides, each in its own form.
    for (WebSocketClient *socket : {&annPersonal, &bobPersonal}) {
        const QJsonObject frame = socket->next();
        QCOMPARE(text(frame, "type"), QStringLiteral("direct_message"));
        QCOMPARE(text(frame, "senderId"), m_ann.id());
        QCOMPARE(text(frame, "receiverId"), m_bob.id());
        QCOMPARE(text(frame, "message"), QStringLiteral("Hello, how are you?"));
        QCOMPARE(text(frame, "sender_username"), m_ann.name());
        QCOMPARE(text(frame, "id"), text(ack, "id"));
        QVERIFY(text(frame, "timestamp").endsWith(u'Z'));
    }
    for (WebSocketClient *socket : {&bobDirect, &bobDirectToo}) {
        const QJsonObject frame = socket->next();
        QCOMPARE(text(frame, "sender"), m_ann.name());
        QCOMPARE(text(frame, "receiver"), m_bob.name());
        QCOMPARE(text(frame, "content"), QStringLiteral("Hello, how are you?"));
        QCOMPARE(text(frame, "id"), text(ack, "id"));
    }
    const QJsonObject frame = bobRoom.next(QStringLiteral("direct_message"));
    QCOMPARE(text(frame, "message"), QStringLiteral("Hello, how are you?"));
    QCOMPARE(text(frame, "receiver_id"), m_bob.id());
}

void WsPersonalTest::directMessagesKeepTheirOrder()
{
    // More than wait at once for their answers, all sent before the first one is there.
    WebSocketClient ann;
    WebSocketClient bob;
    open(ann, QStringLiteral("/websocket"), m_ann);
    open(bob, QStringLiteral("/websocket"), m_bob);
    constexpr int count = 50;
    for (int i = 0; i < count; ++i)
        ann.send({{QStringLiteral("sender"), m_ann.name()}, {QStringLiteral("receiver"), m_bob.name()},
            {QStringLiteral("content"), QString::number(i)}});
    for (int i = 0; i < count; ++i) {
        const QJsonObject frame = bob.next();
        QCOMPARE(text(frame, "content"), QString::number(i));
    }
}

void WsPersonalTest::nobodyElseHearsADirectMessage()
{
    const Person eve = m->newPerson(QStringLiteral("eve"));
    WebSocketClient ann;
    WebSocketClient listening;
    open(ann, QStringLiteral("/"), m_ann);
    open(listening, QStringLiteral("/"), eve);
    ann.send({{QStringLiteral("senderId"), m_ann.id()}, {QStringLiteral("receiverId"), m_bob.id()},
        {QStringLiteral("message"), QStringLiteral("psst")}});
    QVERIFY(!ann.next(QStringLiteral("ack")).isEmpty());
    ann.send(object(R"({"message":"aloud"})"));
    QCOMPARE(text(listening.next(), "message"), QStringLiteral("aloud"));
}

void WsPersonalTest::refusals_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("frame"); // ANN, BOB: their ids
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    const QByteArray tooLong = "{\"message\":\"" + QByteArray(4001, 'a') + "\"}";
    QTest::newRow("004 too long") << "/" << tooLong << "message_too_long"
                                  << "message";
    QTest::newRow("empty") << "/" << QByteArray(R"({"message":""})") << "invalid_field"
                           << "message";
    QTest::newRow("missing message") << "/" << QByteArray("{}") << "missing_field"
                                     << "message";
    QTest::newRow("bad client_id") << "/" << QByteArray(R"({"message":"a","client_id":"b"})")
                                   << "invalid_field"
                                   << "client_id";
    QTest::newRow("000 another's senderId")
        << "/" << QByteArray(R"({"senderId":"BOB","receiverId":"ANN","message":"a"})") << "forbidden"
        << "senderId";
    QTest::newRow("000 unknown receiver")
        << "/" << QByteArray(R"({"senderId":"ANN","receiverId":"nobody-at-all","message":"a"})")
        << "not_found"
        << "receiverId";
    QTest::newRow("000 unknown senderId")
        << "/" << QByteArray(R"({"senderId":"user123","receiverId":"BOB","message":"a"})") << "forbidden"
        << "senderId";
    QTest::newRow("001 another sender")
        << "/websocket" << QByteArray(R"({"sender":"BOB","receiver":"ANN","content":"a"})") << "forbidden"
        << "sender";
    QTest::newRow("001 unknown receiver")
        << "/websocket" << QByteArray(R"({"sender":"ANN","receiver":"nobody-at-all","content":"a"})")
        << "not_found"
        << "receiver";
    QTest::newRow("001 missing sender")
        << "/websocket" << QByteArray(R"({"receiver":"BOB","content":"a"})") << "missing_field"
        << "sender";
    QTest::newRow("001 empty content")
        << "/websocket" << QByteArray(R"({"sender":"ANN","receiver":"BOB","content":" "})") << "invalid_field"
        << "content";
    QTest::newRow("001 takes no lobby message")
        << "/websocket" << QByteArray(R"({"message":"a"})") << "missing_field"
        << "sender";
}

void WsPersonalTest::refusals()
{
    QFETCH(const QString, path);
    QFETCH(QByteArray, frame);
    frame.replace("ANN", m_ann.id().toUtf8()).replace("BOB", m_bob.id().toUtf8());
    WebSocketClient ann;
    open(ann, path, m_ann);
    ann.sendRaw(QString::fromUtf8(frame));
    const QJsonObject error = ann.next();
    QCOMPARE(text(error, "type"), QStringLiteral("error"));
    QTEST(text(error, "code"), "code");
    QTEST(text(error, "field"), "field");
    QVERIFY(!text(error, "error").isEmpty());

    // The socket stays open.
    ann.send({{QStringLiteral("sender"), m_ann.name()}, {QStringLiteral("receiver"), m_bob.name()},
        {QStringLiteral("content"), QStringLiteral("still here")}});
    QVERIFY(!ann.next(QStringLiteral("ack")).isEmpty());
}

void WsPersonalTest::aClientIdIsStoredOnce()
{
    WebSocketClient ann;
    WebSocketClient bob;
    open(ann, QStringLiteral("/"), m_ann);
    open(bob, QStringLiteral("/"), m_bob);
    const QJsonObject frame{
        {QStringLiteral("message"), QStringLiteral("once")}, {QStringLiteral("client_id"), newId()}};
    ann.send(frame);
    const QJsonObject first = ann.next(QStringLiteral("ack"));
    ann.send(frame);
    QJsonObject second = ann.next(QStringLiteral("ack"));
    QCOMPARE(second[QLatin1String("duplicate")], QJsonValue(true));
    second.insert(QStringLiteral("duplicate"), false);
    QCOMPARE(second, first);
    ann.send(object(R"({"message":"twice"})"));
    QCOMPARE(text(bob.next(), "message"), QStringLiteral("once"));
    QCOMPARE(text(bob.next(), "message"), QStringLiteral("twice"));
}

void WsPersonalTest::aReusedClientIdIsRefused()
{
    WebSocketClient ann;
    open(ann, QStringLiteral("/"), m_ann);
    const QString clientId = newId();
    ann.send({{QStringLiteral("message"), QStringLiteral("one")}, {QStringLiteral("client_id"), clientId}});
    QVERIFY(!ann.next(QStringLiteral("ack")).isEmpty());
    ann.send({{QStringLiteral("message"), QStringLiteral("two")}, {QStringLiteral("client_id"), clientId}});
    QCOMPARE(text(ann.next(QStringLiteral("error")), "code"), QStringLiteral("client_id_reused"));
}

QTEST_GUILESS_MAIN(WsPersonalTest)
#include "tst_ws_personal.moc"
