// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/ws/wsfixture.h"

#include "common/ids.h"

#include <QTest>

using namespace rookery;
using namespace rookery::test;

/// `/ws/v1`, as common/README.md describes it.
class WsNativeTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void helloComesFirstAndOnce();
    void helloTellsWhoOneIs();
    void subscribeFromNowOn();
    void subscribeFromASeq();
    void subscribeAgain();
    void resets_data();
    void resets();
    void whatOneMayNotSeeIsNotFound_data();
    void whatOneMayNotSeeIsNotFound();
    void resumeHasNoHoleAndNoDouble();
    void unsubscribe();
    void sendIsAcknowledged();
    void sendIsRefused_data();
    void sendIsRefused();
    void sendsToOtherRoomsKeepTheirOrder();
    void aClientIdIsStoredOnce();
    void membersComeAndGo();
    void roomsAreAddedAndRemoved();
    void anEvictedMemberHearsNothingMore();
    void aDirectMessageOpensItsRoom();

private:
    void open(WebSocketClient &socket, const Person &person, const QJsonArray &resume = {});
    QJsonObject ask(WebSocketClient &socket, QJsonObject request);
    static QJsonObject point(const Room &room, qint64 seq)
    {
        return {{QStringLiteral("room"), room.id}, {QStringLiteral("epoch"), room.epoch},
            {QStringLiteral("seq"), seq}};
    }
    static QJsonObject said(const Room &room, const QString &words)
    {
        return frame("send", {{QStringLiteral("room"), room.id}, {QStringLiteral("text"), words}});
    }
    template <typename Call>
    void membership(Call call)
    {
        QVERIFY(answerOf<Nothing>([&](auto *context, auto done) {
            call(context, [done](const auto &result) {
                done(result ? Result<Nothing>(Nothing()) : Result<Nothing>(result.error()));
            });
        }));
    }

    std::unique_ptr<WsFixture> m;
    Person m_ann;
    Person m_bob;
    Room m_room; ///< public, empty, without members
    int m_refs = 0;
};

void WsNativeTest::initTestCase()
{
    m = std::make_unique<WsFixture>();
    m_ann = m->newPerson(QStringLiteral("ann"));
    m_bob = m->newPerson(QStringLiteral("bob"));
    QVERIFY(!m_bob.token.isEmpty());
}

void WsNativeTest::init()
{
    m_room = m->core.openRoom(m_ann.principal, m->newRoomName());
    QVERIFY(!m_room.id.isEmpty());
}

void WsNativeTest::open(WebSocketClient &socket, const Person &person, const QJsonArray &resume)
{
    QVERIFY(socket.open(m->url(QStringLiteral("/ws/v1")), person.token));
    socket.send(frame("hello", {{QStringLiteral("resume"), resume}}));
    QCOMPARE(text(socket.next(), "type"), QStringLiteral("hello"));
}

QJsonObject WsNativeTest::ask(WebSocketClient &socket, QJsonObject request)
{
    const QString ref = QString::number(++m_refs);
    request.insert(QStringLiteral("ref"), ref);
    socket.send(request);
    return socket.next([&ref](const QJsonObject &answer) { return text(answer, "ref") == ref; });
}

void WsNativeTest::helloComesFirstAndOnce()
{
    WebSocketClient ann;
    QVERIFY(ann.open(m->url(QStringLiteral("/ws/v1")), m_ann.token));
    for (const char *type : {"ping", "subscribe", "send", "unsubscribe"}) {
        const QJsonObject refused = ask(ann,
            frame(
                type, {{QStringLiteral("room"), m_room.id}, {QStringLiteral("text"), QStringLiteral("a")}}));
        QCOMPARE(text(refused, "type"), QStringLiteral("error"));
        QCOMPARE(text(refused, "code"), QStringLiteral("invalid_request"));
    }
    QCOMPARE(text(ask(ann, frame("hello")), "type"), QStringLiteral("hello"));
    QCOMPARE(text(ask(ann, frame("hello")), "code"), QStringLiteral("invalid_request"));
    QCOMPARE(text(ask(ann, frame("ping")), "type"), QStringLiteral("pong"));
}

void WsNativeTest::helloTellsWhoOneIs()
{
    WebSocketClient ann;
    QVERIFY(ann.open(m->url(QStringLiteral("/ws/v1")), m_ann.token));
    const QJsonObject hello = ask(ann, frame("hello"));
    QCOMPARE(text(child(hello, "user"), "id"), m_ann.id());
    QCOMPARE(text(child(hello, "user"), "username"), m_ann.name());
    QCOMPARE(text(hello, "session"), m_ann.principal.sessionId);
    QCOMPARE(number(hello, "heartbeat_ms"), 30'000);
    QCOMPARE(number(child(hello, "limits"), "message_characters"), Limits().messageCharacters);
    QCOMPARE(number(child(hello, "limits"), "websocket_message_bytes"), Limits().websocketMessageBytes);
    QStringList rooms;
    for (const QJsonValue room : hello[QLatin1String("rooms")].toArray())
        rooms.append(room[QLatin1String("name")].toString());
    QVERIFY2(rooms.contains(QStringLiteral("lobby")), qPrintable(rooms.join(u' ')));
    QVERIFY(!rooms.contains(m_room.name)); // seen, but not a member
}

void WsNativeTest::subscribeFromNowOn()
{
    m->fill(m_bob, m_room, 3);
    WebSocketClient ann;
    open(ann, m_ann);
    const QJsonObject subscribed =
        ask(ann, frame("subscribe", {{QStringLiteral("room"), m_room.name}})); // by name
    QCOMPARE(text(subscribed, "type"), QStringLiteral("subscribed"));
    QCOMPARE(text(child(subscribed, "room"), "id"), m_room.id);
    QCOMPARE(number(child(subscribed, "room"), "last_seq"), 3);
    const QJsonArray members = subscribed[QLatin1String("members")].toArray();
    QCOMPARE(members.size(), 1); // oneself, as a visitor
    QCOMPARE(members[0][QLatin1String("online")], QJsonValue(true));
    QCOMPARE(members[0][QLatin1String("member")], QJsonValue(false));

    QVERIFY(m->core.send(m_bob.principal, m_room, QStringLiteral("live")));
    const QJsonObject event = child(ann.next(), "event");
    QCOMPARE(text(event, "text"), QStringLiteral("live"));
    QCOMPARE(text(event, "room"), m_room.id);
    QCOMPARE(text(event, "kind"), QStringLiteral("message"));
    QCOMPARE(text(child(event, "sender"), "username"), m_bob.name());
    QCOMPARE(number(event, "seq"), 4);
}

void WsNativeTest::subscribeFromASeq()
{
    m->fill(m_bob, m_room, 5);
    WebSocketClient ann;
    open(ann, m_ann);
    QJsonObject wanted = frame("subscribe", point(m_room, 2));
    QCOMPARE(text(ask(ann, wanted), "type"), QStringLiteral("subscribed"));
    QVERIFY(m->core.send(m_bob.principal, m_room, QStringLiteral("6")));
    for (int seq = 3; seq <= 6; ++seq) {
        const QJsonObject event = child(ann.next(), "event");
        QCOMPARE(number(event, "seq"), seq);
        QCOMPARE(text(event, "text"), QString::number(seq));
    }
}

void WsNativeTest::subscribeAgain()
{
    m->fill(m_bob, m_room, 2);
    WebSocketClient bob;
    open(bob, m_bob);
    QCOMPARE(text(ask(bob, frame("subscribe", {{QStringLiteral("room"), m_room.id}})), "type"),
        QStringLiteral("subscribed"));
    WebSocketClient ann;
    open(ann, m_ann);
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(text(ask(ann, frame("subscribe", point(m_room, 0))), "type"), QStringLiteral("subscribed"));
        QCOMPARE(number(child(ann.next(), "event"), "seq"), 1);
        QCOMPARE(number(child(ann.next(), "event"), "seq"), 2);
    }
    ask(ann, said(m_room, QStringLiteral("3")));
    // Nobody saw ann go and come back meanwhile.
    QCOMPARE(child(bob.next(), "user")[QLatin1String("id")], m_ann.id());
    QCOMPARE(text(bob.next(), "type"), QStringLiteral("event"));
}

void WsNativeTest::resets_data()
{
    QTest::addColumn<QString>("epoch");
    QTest::addColumn<qint64>("seq");
    QTest::addColumn<bool>("reset");
    QTest::newRow("the same history") << QString() << qint64(1) << false;
    QTest::newRow("another epoch") << newId() << qint64(1) << true;
    QTest::newRow("an empty epoch") << QStringLiteral("") << qint64(1) << true;
    QTest::newRow("a seq that this history does not have") << QString() << qint64(9) << true;
}

void WsNativeTest::resets()
{
    QFETCH(const QString, epoch);
    QFETCH(const qint64, seq);
    QFETCH(const bool, reset);
    m->fill(m_bob, m_room, 2);
    QJsonObject from = point(m_room, seq);
    if (!epoch.isNull())
        from.insert(QStringLiteral("epoch"), epoch);
    WebSocketClient ann;
    open(ann, m_ann, {from});
    QCOMPARE(text(ann.next(), "type"), QStringLiteral("subscribed"));
    if (reset) {
        const QJsonObject told = ann.next();
        QCOMPARE(text(told, "type"), QStringLiteral("reset"));
        QCOMPARE(text(child(told, "room"), "epoch"), m_room.epoch);
        QCOMPARE(number(child(told, "room"), "last_seq"), 2);
    } else {
        QCOMPARE(number(child(ann.next(), "event"), "seq"), 2);
    }
    QVERIFY(m->core.send(m_bob.principal, m_room, QStringLiteral("live")));
    QCOMPARE(number(child(ann.next(), "event"), "seq"), 3);
}

void WsNativeTest::whatOneMayNotSeeIsNotFound_data()
{
    QTest::addColumn<QString>("type");
    for (const char *type : {"subscribe", "send", "hello"})
        QTest::newRow(type) << QString::fromLatin1(type);
}

void WsNativeTest::whatOneMayNotSeeIsNotFound()
{
    QFETCH(const QString, type);
    const Room hidden = m->createRoom(m_bob, m->newRoomName(), RoomKind::Private);
    QJsonObject told;
    for (const QString &room :
        {hidden.id, hidden.name, newId(), QStringLiteral("no-such-room"), QString(300, u'x')}) {
        WebSocketClient ann;
        QJsonObject answer;
        if (type == QLatin1String("hello")) {
            open(ann, m_ann,
                {QJsonObject{{QStringLiteral("room"), room}, {QStringLiteral("epoch"), hidden.epoch},
                    {QStringLiteral("seq"), 0}}});
            answer = ann.next();
        } else {
            open(ann, m_ann);
            answer = ask(ann,
                {{QStringLiteral("type"), type}, {QStringLiteral("room"), room},
                    {QStringLiteral("text"), QStringLiteral("hello?")}});
        }
        QCOMPARE(text(answer, "code"), QStringLiteral("not_found"));
        QCOMPARE(text(answer, "room"), room.size() > 128 ? QString() : room);
        // The same answer as for a room that does not exist (THREATS.md 1).
        answer.remove(QStringLiteral("room"));
        answer.remove(QStringLiteral("ref"));
        if (told.isEmpty())
            told = answer;
        QCOMPARE(answer, told);
    }
}

void WsNativeTest::resumeHasNoHoleAndNoDouble()
{
    const Room rooms[] = {m_room, m->core.openRoom(m_ann.principal, m->newRoomName()),
        m->core.openRoom(m_ann.principal, m->newRoomName())};
    constexpr int total = 450;
    int sent = 0;
    QObject talking;
    std::function<void()> talk = [&] {
        if (sent == total)
            return;
        const int next = sent++;
        m->core.messages->send(m_bob.principal, std::make_shared<const Room>(rooms[next % 3]),
            {QString::number(next), {}}, QStringLiteral("text"), &talking,
            [&](const Result<core::Sent> &) { talk(); });
    };
    talk();
    talk();

    QHash<QString, QList<qint64>> seqs;
    const auto last = [&](const Room &room) { return seqs[room.id].isEmpty() ? 0 : seqs[room.id].last(); };
    const auto missing = [&] { return total - int(last(rooms[0]) + last(rooms[1]) + last(rooms[2])); };
    int visits = 0;
    while (missing() > 0) {
        ++visits;
        QJsonArray resume;
        for (const Room &room : rooms)
            resume.append(point(room, last(room)));
        WebSocketClient ann;
        open(ann, m_ann, resume);
        for (int i = 0; i < 40 && missing() > 0; ++i) {
            const QJsonObject event = child(ann.next(QStringLiteral("event")), "event");
            seqs[text(event, "room")].append(number(event, "seq"));
        }
    }
    QVERIFY(visits > 5);
    for (const Room &room : rooms) {
        QCOMPARE(seqs[room.id].size(), total / 3);
        for (int i = 0; i < total / 3; ++i)
            QCOMPARE(seqs[room.id][i], i + 1);
    }
}

void WsNativeTest::unsubscribe()
{
    WebSocketClient ann;
    WebSocketClient bob;
    open(ann, m_ann);
    open(bob, m_bob);
    ask(bob, frame("subscribe", {{QStringLiteral("room"), m_room.id}}));
    const QJsonObject go = frame("unsubscribe", {{QStringLiteral("room"), m_room.name}});
    QCOMPARE(text(ask(ann, go), "code"), QStringLiteral("not_found"));
    ask(ann, frame("subscribe", {{QStringLiteral("room"), m_room.id}}));
    QCOMPARE(bob.next()[QLatin1String("online")], QJsonValue(true));
    const QJsonObject gone = ask(ann, go);
    QCOMPARE(text(gone, "type"), QStringLiteral("unsubscribed"));
    QCOMPARE(text(gone, "room"), m_room.id);
    QCOMPARE(bob.next()[QLatin1String("online")], QJsonValue(false));

    ask(bob, said(m_room, QStringLiteral("unheard")));
    QCOMPARE(text(ask(ann, frame("ping")), "type"), QStringLiteral("pong"));
    QVERIFY(ann.pending().isEmpty());

    // Withdrawn before it was answered: both are answered all the same.
    ann.send(frame("subscribe", {{QStringLiteral("room"), m_room.id}, {QStringLiteral("ref"), 1}}));
    ann.send(frame("unsubscribe", {{QStringLiteral("room"), m_room.id}, {QStringLiteral("ref"), 2}}));
    QCOMPARE(number(ann.next(), "ref"), 1);
    const QJsonObject answer = ann.next();
    QCOMPARE(number(answer, "ref"), 2);
    QCOMPARE(text(answer, "type"), QStringLiteral("unsubscribed"));
    // Asked for twice, the second one counts; the first one is told why, by the name that it used.
    WebSocketClient again;
    open(again, m_ann);
    again.send(frame("subscribe", {{QStringLiteral("room"), m_room.name}, {QStringLiteral("ref"), 3}}));
    again.send(frame("subscribe", {{QStringLiteral("room"), m_room.id}, {QStringLiteral("ref"), 4}}));
    QJsonObject first = again.next();
    QJsonObject second = again.next();
    if (number(first, "ref") != 3) // the rooms are found in any order
        std::swap(first, second);
    QCOMPARE(number(first, "ref"), 3);
    if (text(first, "type") == QLatin1String("error")) {
        QCOMPARE(text(first, "code"), QStringLiteral("invalid_request"));
        QCOMPARE(text(first, "room"), m_room.name);
        QVERIFY2(text(first, "error").contains(QLatin1String("has taken its place")),
            qPrintable(text(first, "error")));
    }
    QCOMPARE(number(second, "ref"), 4);
    QCOMPARE(text(second, "type"), QStringLiteral("subscribed"));
    QCOMPARE(text(ask(again, frame("unsubscribe", {{QStringLiteral("room"), m_room.id}})), "type"),
        QStringLiteral("unsubscribed"));

    ask(bob, said(m_room, QStringLiteral("unheard too")));
    QCOMPARE(text(ask(ann, frame("ping")), "type"), QStringLiteral("pong"));
    QVERIFY(ann.pending().isEmpty());
}

void WsNativeTest::sendIsAcknowledged()
{
    WebSocketClient ann;
    open(ann, m_ann);
    ask(ann, frame("subscribe", {{QStringLiteral("room"), m_room.id}}));
    const QString clientId = newId();
    ann.send(frame("send",
        {{QStringLiteral("ref"), QStringLiteral("r")}, {QStringLiteral("room"), m_room.id},
            {QStringLiteral("client_id"), clientId}, {QStringLiteral("text"), QStringLiteral("hi")}}));
    const QJsonObject event = child(ann.next(QStringLiteral("event")), "event");
    const QJsonObject ack = ann.next(QStringLiteral("ack"));
    QCOMPARE(text(ack, "ref"), QStringLiteral("r"));
    QCOMPARE(text(ack, "room"), m_room.id);
    QCOMPARE(text(ack, "client_id"), clientId);
    QCOMPARE(text(ack, "id"), text(event, "id"));
    QCOMPARE(number(ack, "seq"), 1);
    QCOMPARE(text(ack, "timestamp"), text(event, "timestamp"));
    QCOMPARE(ack[QLatin1String("duplicate")], QJsonValue(false));
}

void WsNativeTest::sendIsRefused_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("clientId");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    QTest::newRow("empty") << "" << newId() << "invalid_field"
                           << "text";
    QTest::newRow("too long") << QString(4001, u'a') << newId() << "message_too_long"
                              << "text";
    QTest::newRow("bad client_id") << "a"
                                   << "b"
                                   << "invalid_field"
                                   << "client_id";
}

void WsNativeTest::sendIsRefused()
{
    QFETCH(const QString, words);
    QFETCH(const QString, clientId);
    WebSocketClient ann;
    open(ann, m_ann);
    QJsonObject request = said(m_room, words);
    request.insert(QStringLiteral("client_id"), clientId);
    const QJsonObject error = ask(ann, request);
    QCOMPARE(text(error, "type"), QStringLiteral("error"));
    QCOMPARE(text(error, "room"), m_room.id);
    QTEST(text(error, "code"), "code");
    QTEST(text(error, "field"), "field");
    QCOMPARE(text(ask(ann, frame("ping")), "type"), QStringLiteral("pong"));
}

void WsNativeTest::sendsToOtherRoomsKeepTheirOrder()
{
    WebSocketClient ann;
    open(ann, m_ann);
    constexpr int count = 50;
    for (int i = 0; i < count; ++i) {
        QJsonObject request = said(m_room, QString::number(i));
        request.insert(QStringLiteral("ref"), i);
        ann.send(request);
    }
    for (int i = 0; i < count; ++i) {
        const QJsonObject ack = ann.next(QStringLiteral("ack"));
        QCOMPARE(number(ack, "ref"), i);
        QCOMPARE(number(ack, "seq"), i + 1);
    }
}

void WsNativeTest::aClientIdIsStoredOnce()
{
    WebSocketClient ann;
    open(ann, m_ann);
    QJsonObject request = said(m_room, QStringLiteral("once"));
    request.insert(QStringLiteral("client_id"), newId());
    const QJsonObject first = ask(ann, request);
    const QJsonObject again = ask(ann, request);
    QCOMPARE(again[QLatin1String("duplicate")], QJsonValue(true));
    QCOMPARE(text(again, "id"), text(first, "id"));
    QCOMPARE(number(again, "seq"), number(first, "seq"));
    request.insert(QStringLiteral("text"), QStringLiteral("another"));
    QCOMPARE(text(ask(ann, request), "code"), QStringLiteral("client_id_reused"));
}

void WsNativeTest::membersComeAndGo()
{
    WebSocketClient ann;
    open(ann, m_ann);
    ask(ann, frame("subscribe", {{QStringLiteral("room"), m_room.id}}));
    const auto bobIs = [this, &ann](bool member, bool online) {
        const QJsonObject told = ann.next([](const QJsonObject &one) {
            return text(one, "type") != QLatin1String("event"); // by which a membership is told of, too
        });
        return text(told, "type") == QLatin1String("member") && text(told, "room") == m_room.id
            && text(child(told, "user"), "id") == m_bob.id()
            && told[QLatin1String("member")] == QJsonValue(member)
            && told[QLatin1String("online")] == QJsonValue(online);
    };
    {
        WebSocketClient bob;
        open(bob, m_bob);
        ask(bob, frame("subscribe", {{QStringLiteral("room"), m_room.id}}));
        QVERIFY(bobIs(false, true));
        membership([&](auto *context, auto done) {
            m->core.rooms->join(m_bob.principal, m_room.id, context, done);
        });
        QVERIFY(bobIs(true, true));
        bob.socket().close();
        QCOMPARE(bob.closeCode(), int(CloseCode::Normal));
    }
    QVERIFY(bobIs(true, false));
    membership(
        [&](auto *context, auto done) { m->core.rooms->leave(m_bob.principal, m_room.id, context, done); });
    QVERIFY(bobIs(false, false));
}

void WsNativeTest::roomsAreAddedAndRemoved()
{
    const Room team = m->createRoom(m_bob, m->newRoomName(), RoomKind::Private);
    WebSocketClient ann;
    open(ann, m_ann);
    membership([&](auto *context, auto done) {
        m->core.invitations->invite(m_bob.principal, team.id, m_ann.id(), context, done);
    });
    const QJsonObject invited = ann.next();
    QCOMPARE(text(invited, "type"), QStringLiteral("invited"));
    const QJsonObject invitation = child(invited, "invitation");
    QCOMPARE(child(invitation, "room"),
        (QJsonObject{{QStringLiteral("id"), team.id}, {QStringLiteral("name"), team.name}}));
    QCOMPARE(text(child(invitation, "inviter"), "id"), m_bob.id());
    QCOMPARE(text(ask(ann, frame("subscribe", {{QStringLiteral("room"), team.id}})), "code"),
        QStringLiteral("not_found"));
    membership(
        [&](auto *context, auto done) { m->core.rooms->join(m_ann.principal, team.id, context, done); });
    const QJsonObject added = ann.next();
    QCOMPARE(text(added, "type"), QStringLiteral("room_added"));
    const QJsonObject ended = ann.next();
    QCOMPARE(text(ended, "type"), QStringLiteral("invitation_ended"));
    QCOMPARE(text(ended, "room"), team.id);
    QCOMPARE(text(child(added, "room"), "id"), team.id);
    QCOMPARE(child(added, "room")[QLatin1String("member")], QJsonValue(true));
    QCOMPARE(
        text(ask(ann, frame("subscribe", {{QStringLiteral("room"), team.id}, {QStringLiteral("seq"), 0}})),
            "type"),
        QStringLiteral("subscribed"));

    // A public room that one leaves: the subscription ends, too.
    ask(ann, frame("subscribe", {{QStringLiteral("room"), m_room.id}}));
    membership(
        [&](auto *context, auto done) { m->core.rooms->join(m_ann.principal, m_room.id, context, done); });
    QCOMPARE(text(child(ann.next(QStringLiteral("room_added")), "room"), "id"), m_room.id);
    membership(
        [&](auto *context, auto done) { m->core.rooms->leave(m_ann.principal, m_room.id, context, done); });
    QCOMPARE(text(ann.next(QStringLiteral("room_removed")), "room"), m_room.id);
    QCOMPARE(text(ask(ann, frame("unsubscribe", {{QStringLiteral("room"), m_room.id}})), "code"),
        QStringLiteral("not_found"));
}

void WsNativeTest::anEvictedMemberHearsNothingMore()
{
    const Room team = m->createRoom(m_bob, m->newRoomName(), RoomKind::Private);
    QVERIFY(m->core.bringIn(m_bob.principal, m_ann.principal, team));
    WebSocketClient ann;
    open(ann, m_ann, {point(team, 0)});
    QCOMPARE(text(ann.next(), "type"), QStringLiteral("subscribed"));
    membership(
        [&](auto *context, auto done) { m->core.rooms->leave(m_ann.principal, team.id, context, done); });
    QCOMPARE(text(ann.next(QStringLiteral("room_removed")), "room"), team.id);
    QVERIFY(m->core.send(m_bob.principal, team, QStringLiteral("secret")));
    QCOMPARE(text(ask(ann, said(team, QStringLiteral("let me in"))), "code"), QStringLiteral("not_found"));
    QCOMPARE(text(ask(ann, frame("subscribe", point(team, 0))), "code"), QStringLiteral("not_found"));
    QVERIFY(ann.pending().isEmpty()); // told once, and no event
}

void WsNativeTest::aDirectMessageOpensItsRoom()
{
    const Person cid = m->newPerson(QStringLiteral("cid"));
    WebSocketClient ann;
    open(ann, m_ann);
    WebSocketClient from;
    QVERIFY(from.open(m->url(QStringLiteral("/websocket")), cid.token));
    for (int i = 1; i <= 3; ++i) {
        from.send({{QStringLiteral("sender"), cid.name()}, {QStringLiteral("receiver"), m_ann.name()},
            {QStringLiteral("content"), QString::number(i)}});
        QVERIFY(!from.next(QStringLiteral("ack")).isEmpty());
    }
    const QJsonObject added = child(ann.next(), "room");
    QCOMPARE(text(added, "kind"), QStringLiteral("direct"));
    QCOMPARE(added[QLatin1String("peers")].toArray().size(), 2);
    QCOMPARE(added[QLatin1String("member")], QJsonValue(true));
    ask(ann, frame("subscribe", {{QStringLiteral("room"), text(added, "id")}, {QStringLiteral("seq"), 0}}));
    from.send({{QStringLiteral("sender"), cid.name()}, {QStringLiteral("receiver"), m_ann.name()},
        {QStringLiteral("content"), QStringLiteral("4")}});
    for (int i = 1; i <= 4; ++i) // said once, however often it was written to
        QCOMPARE(text(child(ann.next(), "event"), "text"), QString::number(i));
    QJsonObject answer = frame("send",
        {{QStringLiteral("room"), text(added, "id")}, {QStringLiteral("text"), QStringLiteral("and back")}});
    QCOMPARE(text(ask(ann, answer), "type"), QStringLiteral("ack"));
    QCOMPARE(
        text(from.next([](const QJsonObject &f) { return text(f, "content") == u"and back"; }), "sender"),
        m_ann.name());
}

QTEST_GUILESS_MAIN(WsNativeTest)
#include "tst_ws_native.moc"
