// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/ws/wsfixture.h"

#include "common/ids.h"

#include <QSet>
#include <QTest>

using namespace rookery;
using namespace rookery::test;

/// `/ws/chat/{room}/`: the documents 003 and 004.
class WsRoomTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void theFlowOf004();
    void threeClientsJoinAndLeave();
    void twoSocketsOfOneUserAreOneUser();
    void membershipIsNoPresence();
    void history_data();
    void history();
    void resumeHasNoHoleAndNoDouble();
    void aResetIsSeen_data();
    void aResetIsSeen();
    void badStarts_data();
    void badStarts();
    void rooms4000_data();
    void rooms4000();
    void aPrivateRoomIsOpenToItsMembers();
    void leavingAPrivateRoomEndsItsSockets();
    void theLobbyIsTheRoomNamedLobby();
    void refusals_data();
    void refusals();
    void aClientIdKeepsItsSpelling();
    void aDuplicateIsAnsweredToItsSenderAlone();

private:
    void open(WebSocketClient &socket, const QString &room, const Person &person, const QString &query = {});

    std::unique_ptr<WsFixture> m;
    Person m_ann;
    Person m_bob;
    Person m_cid;
    QString m_room;
    QString m_filled; ///< with 120 messages
};

void WsRoomTest::initTestCase()
{
    m = std::make_unique<WsFixture>();
    m_ann = m->newPerson(QStringLiteral("ann"));
    m_bob = m->newPerson(QStringLiteral("bob"));
    m_cid = m->newPerson(QStringLiteral("cid"));
    QVERIFY(!m_cid.token.isEmpty());
}

void WsRoomTest::init()
{
    m_room = m->newRoomName();
}

void WsRoomTest::open(
    WebSocketClient &socket, const QString &room, const Person &person, const QString &query)
{
    QVERIFY(socket.open(m->url(QStringLiteral("/ws/chat/") + room + u'/' + query), person.token));
}

void WsRoomTest::theFlowOf004()
{
    m->fill(m_cid, m->core.openRoom(m_cid.principal, m_room), 2);
    WebSocketClient ann;
    open(ann, m_room, m_ann);
    // 1. the users, 2. the history, 3. what is said
    QJsonObject frame = ann.next();
    QCOMPARE(text(frame, "type"), QStringLiteral("room_users_list"));
    QCOMPARE(frame[QLatin1String("users")].toArray(),
        QJsonArray(
            {QJsonObject{{QStringLiteral("id"), m_ann.id()}, {QStringLiteral("username"), m_ann.name()}}}));
    for (int i = 1; i <= 2; ++i) {
        frame = ann.next();
        QCOMPARE(text(frame, "type"), QStringLiteral("chat_message"));
        QCOMPARE(text(frame, "message"), QString::number(i));
        QCOMPARE(text(frame, "sender_username"), m_cid.name());
        QCOMPARE(number(frame, "seq"), i);
    }
    const QString clientId = newId();
    ann.send({{QStringLiteral("message"), QStringLiteral("Hi!")}, {QStringLiteral("client_id"), clientId}});
    frame = ann.next();
    QCOMPARE(text(frame, "type"), QStringLiteral("chat_message"));
    QCOMPARE(text(frame, "message"), QStringLiteral("Hi!"));
    QCOMPARE(text(frame, "sender_username"), m_ann.name());
    QCOMPARE(text(frame, "sender_id"), m_ann.id());
    QCOMPARE(text(frame, "room"), m_room);
    QCOMPARE(text(frame, "client_id"), clientId);
    QCOMPARE(number(frame, "seq"), 3);
    QVERIFY(!text(frame, "id").isEmpty());
    QVERIFY(parseTimestamp(text(frame, "timestamp")).isValid());
}

void WsRoomTest::threeClientsJoinAndLeave()
{
    WebSocketClient ann;
    WebSocketClient bob;
    WebSocketClient cid;
    open(ann, m_room, m_ann);
    QCOMPARE(ann.next()[QLatin1String("users")].toArray().size(), 1);
    open(bob, m_room, m_bob);
    QCOMPARE(bob.next()[QLatin1String("users")].toArray().size(), 2);
    open(cid, m_room, m_cid);
    const QJsonArray users = cid.next()[QLatin1String("users")].toArray();
    QCOMPARE(users.size(), 3);
    QSet<QString> ids;
    for (const QJsonValue user : users)
        ids.insert(user[QLatin1String("id")].toString());
    QCOMPARE(ids, QSet<QString>({m_ann.id(), m_bob.id(), m_cid.id()}));

    // Everybody but the one who joins.
    const auto join = [](const Person &person) {
        return QJsonObject{{QStringLiteral("type"), QStringLiteral("user_join")},
            {QStringLiteral("user_id"), person.id()}, {QStringLiteral("username"), person.name()}};
    };
    QCOMPARE(ann.next(), join(m_bob));
    QCOMPARE(ann.next(), join(m_cid));
    QCOMPARE(bob.next(), join(m_cid));

    ann.send(object(R"({"message":"hello you two"})"));
    for (WebSocketClient *socket : {&ann, &bob, &cid})
        QCOMPARE(text(socket->next(), "message"), QStringLiteral("hello you two"));

    bob.socket().close();
    const QJsonObject left{{QStringLiteral("type"), QStringLiteral("user_leave")},
        {QStringLiteral("user_id"), m_bob.id()}, {QStringLiteral("username"), m_bob.name()}};
    QCOMPARE(ann.next(), left);
    QCOMPARE(cid.next(), left);

    WebSocketClient again;
    open(again, m_room, m_bob);
    QCOMPARE(again.next()[QLatin1String("users")].toArray().size(), 3);
    QCOMPARE(ann.next(), join(m_bob));
}

void WsRoomTest::twoSocketsOfOneUserAreOneUser()
{
    WebSocketClient ann;
    open(ann, m_room, m_ann);
    QVERIFY(!ann.next(QStringLiteral("room_users_list")).isEmpty());
    WebSocketClient one;
    WebSocketClient two;
    open(one, m_room, m_bob);
    QCOMPARE(one.next()[QLatin1String("users")].toArray().size(), 2);
    open(two, m_room, m_bob);
    QCOMPARE(two.next()[QLatin1String("users")].toArray().size(), 2);
    one.socket().close();
    QCOMPARE(one.closeCode(), int(CloseCode::Normal));
    two.send(object(R"({"message":"still here"})"));

    QCOMPARE(text(ann.next(), "type"), QStringLiteral("user_join"));
    QCOMPARE(text(ann.next(), "message"), QStringLiteral("still here"));
    QCOMPARE(text(two.next(), "message"), QStringLiteral("still here")); // no join of oneself
    two.socket().close();
    QCOMPARE(text(ann.next(), "type"), QStringLiteral("user_leave"));
}

void WsRoomTest::membershipIsNoPresence()
{
    const Room room = m->core.openRoom(m_ann.principal, m_room);
    WebSocketClient ann;
    open(ann, m_room, m_ann);
    QVERIFY(!ann.next(QStringLiteral("room_users_list")).isEmpty());
    const auto become = [&](const Person &person, bool member) {
        if (member)
            QVERIFY(answerOf<Room>([&](auto *context, auto done) {
                m->core.rooms->join(person.principal, room.id, context, done);
            }));
        else
            QVERIFY(answerOf<Nothing>([&](auto *context, auto done) {
                m->core.rooms->leave(person.principal, room.id, context, done);
            }));
    };
    become(m_bob, true); // who is not there
    WebSocketClient bob;
    open(bob, m_room, m_bob);
    QCOMPARE(bob.next()[QLatin1String("users")].toArray().size(), 2);
    become(m_bob, false); // who stays as a visitor
    become(m_bob, true);
    bob.send(object(R"({"message":"one join, no leave"})"));
    QCOMPARE(text(ann.next(), "type"), QStringLiteral("user_join"));
    QCOMPARE(text(ann.next(), "message"), QStringLiteral("one join, no leave"));
}

void WsRoomTest::history_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<int>("first");
    QTest::newRow("004 last 50") << "" << 71;
    QTest::newRow("004 history=0") << "?history=0" << 121;
    QTest::newRow("004 history=1") << "?history=1" << 120;
    QTest::newRow("004 history=200, more than there is") << "?history=200" << 1;
    QTest::newRow("004 since") << "?since=117" << 118;
    QTest::newRow("since 0, more than a page") << "?since=0" << 1;
    QTest::newRow("since the end") << "?since=120" << 121;
}

void WsRoomTest::history()
{
    QFETCH(const QString, query);
    QFETCH(const int, first);
    if (m_filled.isEmpty()) {
        m_filled = m_room;
        m->fill(m_cid, m->core.openRoom(m_cid.principal, m_filled), 120);
    }
    WebSocketClient ann;
    open(ann, m_filled, m_ann, query);
    QCOMPARE(text(ann.next(), "type"), QStringLiteral("room_users_list"));
    for (int seq = first; seq <= 120; ++seq) {
        const QJsonObject frame = ann.next();
        QCOMPARE(text(frame, "type"), QStringLiteral("chat_message"));
        QCOMPARE(number(frame, "seq"), seq);
        QCOMPARE(text(frame, "message"), QString::number(seq));
        QCOMPARE(frame[QLatin1String("history")], QJsonValue(true));
    }
    // Nothing more: what comes next is the answer to this.
    ann.sendRaw(QStringLiteral("?"));
    QCOMPARE(text(ann.next(), "code"), QStringLiteral("invalid_json"));
}

void WsRoomTest::resumeHasNoHoleAndNoDouble()
{
    const Room room = m->core.openRoom(m_cid.principal, m_room);
    // Others go on talking, each answer bringing the next message, while a client comes and goes.
    constexpr int total = 400;
    int said = 0;
    QObject talking;
    std::function<void()> talk = [&] {
        if (said == total)
            return;
        ++said;
        m->core.messages->send(m_cid.principal, std::make_shared<const Room>(room),
            {QString::number(said), {}}, QStringLiteral("message"), &talking,
            [&](const Result<core::Sent> &) { talk(); });
    };
    talk();
    talk();
    QList<qint64> seqs;
    int visits = 0;
    while (seqs.isEmpty() || seqs.last() < total) {
        WebSocketClient ann;
        open(ann, m_room, m_ann, QStringLiteral("?since=%1").arg(seqs.isEmpty() ? 0 : seqs.last()));
        ++visits;
        for (int i = 0; i < 40 && (seqs.isEmpty() || seqs.last() < total); ++i)
            seqs.append(number(ann.next(QStringLiteral("chat_message")), "seq"));
    }
    QVERIFY(visits > 5);
    QCOMPARE(seqs.size(), total);
    for (int i = 0; i < total; ++i)
        QCOMPARE(seqs[i], i + 1);
}

void WsRoomTest::aResetIsSeen_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<bool>("reset");
    QTest::newRow("since what was lost in a restore") << "?since=5000" << true;
    QTest::newRow("another epoch") << "?since=119&epoch=0198c0de-1234-4abc-8def-0123456789ab" << true;
    QTest::newRow("the same epoch") << "?since=119&epoch=EPOCH" << false;
    QTest::newRow("no epoch") << "?since=119" << false;
}

/// After a restore from a backup a 004 client must not take new messages for old ones.
void WsRoomTest::aResetIsSeen()
{
    QFETCH(QString, query);
    QFETCH(const bool, reset);
    const Room room = m->core.openRoom(m_ann.principal, m_filled);
    query.replace(QStringLiteral("EPOCH"), room.epoch);
    WebSocketClient ann;
    open(ann, m_filled, m_ann, query);
    QJsonObject frame = ann.next();
    QCOMPARE(text(frame, "type"), QStringLiteral("room_users_list"));
    QCOMPARE(text(frame, "epoch"), room.epoch);
    if (reset) {
        frame = ann.next();
        QCOMPARE(frame,
            QJsonObject(
                {{QStringLiteral("type"), QStringLiteral("reset")}, {QStringLiteral("room"), m_filled},
                    {QStringLiteral("epoch"), room.epoch}, {QStringLiteral("last_seq"), room.lastSeq}}));
    }
    for (int seq = reset ? 1 : 120; seq <= 120; ++seq) {
        frame = ann.next();
        QCOMPARE(text(frame, "type"), QStringLiteral("chat_message"));
        QCOMPARE(number(frame, "seq"), seq);
    }
}

void WsRoomTest::badStarts_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("field");
    QTest::newRow("history past 200") << "?history=201"
                                      << "history";
    QTest::newRow("history is no number") << "?history=x"
                                          << "history";
    QTest::newRow("an epoch that is none") << "?since=1&epoch=yesterday"
                                           << "epoch";
    QTest::newRow("negative since") << "?since=-1"
                                    << "since";
}

void WsRoomTest::badStarts()
{
    QFETCH(const QString, query);
    WebSocketClient ann;
    // Its answer is not asked for: the socket may be closed again by the time that it is looked at.
    ann.open(m->url(QStringLiteral("/ws/chat/") + m_room + query), m_ann.token);
    const QJsonObject error = ann.next();
    QCOMPARE(text(error, "type"), QStringLiteral("error"));
    QTEST(text(error, "field"), "field");
    QCOMPARE(ann.closeCode(), int(CloseCode::PolicyViolation));
    // The room was not made by the way.
    QVERIFY(!answerOf<Room>(
        [&](auto *context, auto done) { m->core.rooms->find(m_ann.principal, m_room, context, done); }));
}

void WsRoomTest::rooms4000_data()
{
    QTest::addColumn<QString>("room");
    QTest::newRow("a blank") << "a%20b";
    QTest::newRow("a dot") << "a.b";
    QTest::newRow("65 characters") << QString(65, u'a');
    QTest::newRow("a symbol") << "%E2%98%83";
    QTest::newRow("the form of an id") << newId();
    QTest::newRow("a private room of others") << "hidden";
}

void WsRoomTest::rooms4000()
{
    QFETCH(const QString, room);
    m->createRoom(m_bob, QStringLiteral("hidden"), RoomKind::Private);
    WebSocketClient ann;
    ann.open(m->url(QStringLiteral("/ws/chat/") + room), m_ann.token);
    const QJsonObject error = ann.next();
    QCOMPARE(text(error, "type"), QStringLiteral("error"));
    QVERIFY(!text(error, "error").isEmpty());
    QCOMPARE(ann.closeCode(), int(CloseCode::RoomUnavailable));

    // Where rooms are made by the operator, an unknown one is answered like a private one (THREATS.md 1).
    if (room == QLatin1String("hidden")) {
        WsOptions options;
        options.rooms.createOnFirstUse = false;
        WsFixture strict(options);
        const Person person = strict.newPerson(QStringLiteral("ann"));
        WebSocketClient socket;
        socket.open(strict.url(QStringLiteral("/ws/chat/unknown/")), person.token);
        QCOMPARE(socket.next(), error);
        QCOMPARE(socket.closeCode(), int(CloseCode::RoomUnavailable));
        QCOMPARE(socket.closeReason(), ann.closeReason());
    }
}

void WsRoomTest::aPrivateRoomIsOpenToItsMembers()
{
    m->createRoom(m_bob, m_room, RoomKind::Private);
    WebSocketClient bob;
    open(bob, m_room, m_bob);
    QCOMPARE(text(bob.next(), "type"), QStringLiteral("room_users_list"));
}

void WsRoomTest::leavingAPrivateRoomEndsItsSockets()
{
    const Room room = m->createRoom(m_bob, m_room, RoomKind::Private);
    WebSocketClient bob;
    open(bob, m_room, m_bob);
    QVERIFY(!bob.next(QStringLiteral("room_users_list")).isEmpty());
    QVERIFY(answerOf<Nothing>(
        [&](auto *context, auto done) { m->core.rooms->leave(m_bob.principal, room.id, context, done); }));
    QCOMPARE(text(bob.next(), "code"), QStringLiteral("not_found"));
    QCOMPARE(bob.closeCode(), int(CloseCode::RoomUnavailable));
}

void WsRoomTest::theLobbyIsTheRoomNamedLobby()
{
    WebSocketClient room;
    open(room, QStringLiteral("lobby"), m_ann, QStringLiteral("?history=0"));
    QVERIFY(!room.next(QStringLiteral("room_users_list")).isEmpty());
    WebSocketClient personal;
    QVERIFY(personal.open(m->url(QStringLiteral("/")), m_bob.token));
    personal.send(object(R"({"message":"one lobby"})"));
    QCOMPARE(text(room.next(QStringLiteral("chat_message")), "message"), QStringLiteral("one lobby"));
    room.send(object(R"({"message":"one answer"})"));
    QCOMPARE(text(personal.next([](const QJsonObject &f) { return text(f, "message") == u"one answer"; }),
                 "event"),
        QStringLiteral("message"));
}

void WsRoomTest::refusals_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    QTest::newRow("004 malformed JSON") << QByteArray("{\"message\":") << "invalid_json"
                                        << "message";
    QTest::newRow("004 missing message") << QByteArray(R"({"text":"a"})") << "missing_field"
                                         << "message";
    QTest::newRow("wrong type") << QByteArray(R"({"message":["a"]})") << "invalid_field"
                                << "message";
    QTest::newRow("empty") << QByteArray(R"({"message":" \n"})") << "invalid_field"
                           << "message";
    QTest::newRow("too long") << "{\"message\":\"" + QByteArray("\xC3\xA4").repeated(4001) + "\"}"
                              << "message_too_long"
                              << "message";
    QTest::newRow("client_id") << QByteArray(R"({"message":"a","client_id":"1"})") << "invalid_field"
                               << "client_id";
}

void WsRoomTest::refusals()
{
    QFETCH(const QByteArray, frame);
    WebSocketClient ann;
    open(ann, m_room, m_ann);
    ann.sendRaw(QString::fromUtf8(frame));
    const QJsonObject error = ann.next(QStringLiteral("error"));
    QTEST(text(error, "code"), "code");
    QTEST(text(error, "field"), "field");
    QVERIFY(!text(error, "error").isEmpty());
    ann.send(object(R"({"message":"the socket stays open"})"));
    QCOMPARE(text(ann.next(), "message"), QStringLiteral("the socket stays open"));
}

void WsRoomTest::aClientIdKeepsItsSpelling()
{
    const QString clientId = QStringLiteral("0198C0DE-1234-4aBc-8def-0123456789AB");
    const QJsonObject frame{
        {QStringLiteral("message"), QStringLiteral("spelt my way")}, {QStringLiteral("client_id"), clientId}};
    WebSocketClient ann;
    open(ann, m_room, m_ann);
    ann.send(frame);
    const QJsonObject live = ann.next(QStringLiteral("chat_message"));
    QCOMPARE(text(live, "client_id"), clientId);
    ann.send(frame);
    QCOMPARE(ann.next(QStringLiteral("chat_message")), live);
    // Another case is the same id; its answer has the spelling of its own request.
    QJsonObject lower = frame;
    lower.insert(QStringLiteral("client_id"), clientId.toLower());
    ann.send(lower);
    const QJsonObject again = ann.next(QStringLiteral("chat_message"));
    QCOMPARE(text(again, "id"), text(live, "id"));
    QCOMPARE(text(again, "client_id"), clientId.toLower());
    // From the log as it was said.
    WebSocketClient bob;
    open(bob, m_room, m_bob);
    QJsonObject past = live;
    past.insert(QStringLiteral("history"), true);
    QCOMPARE(bob.next(QStringLiteral("chat_message")), past);
}

void WsRoomTest::aDuplicateIsAnsweredToItsSenderAlone()
{
    WebSocketClient ann;
    WebSocketClient bob;
    open(ann, m_room, m_ann);
    open(bob, m_room, m_bob);
    QVERIFY(!bob.next(QStringLiteral("room_users_list")).isEmpty());
    const QJsonObject once{
        {QStringLiteral("message"), QStringLiteral("once")}, {QStringLiteral("client_id"), newId()}};
    ann.send(once);
    const QJsonObject first = ann.next(QStringLiteral("chat_message"));
    ann.send(once);
    QCOMPARE(ann.next(QStringLiteral("chat_message")), first);
    ann.send(object(R"({"message":"next"})"));
    QCOMPARE(bob.next(QStringLiteral("chat_message")), first);
    QCOMPARE(text(bob.next(QStringLiteral("chat_message")), "message"), QStringLiteral("next"));
}

QTEST_GUILESS_MAIN(WsRoomTest)
#include "tst_ws_room.moc"
