// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/ws/wsfixture.h"

#include "common/ids.h"
#include "common/role.h"

#include <QTest>

using namespace rookery;
using namespace rookery::test;

/// Edits, deletions and changes of roles and rooms on `/ws/v1`, and what the sockets of the other dialects
/// hear of them.
class WsChangesTest : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<WsFixture> m;
    Person m_ann; ///< makes the rooms
    Person m_bob;
    Room m_room; ///< public; ann's
    int m_refs = 0;

    QJsonObject ask(WebSocketClient &socket, QJsonObject request)
    {
        const QString ref = QString::number(++m_refs);
        request.insert(QStringLiteral("ref"), ref);
        socket.send(request);
        return socket.next([&ref](const QJsonObject &answer) { return text(answer, "ref") == ref; });
    }
    /// On `/ws/v1`, subscribed to the room from a seq on.
    bool open(WebSocketClient &socket, const Person &person, const Room &room, qint64 seq = 0)
    {
        if (!m->openNative(socket, person.token))
            return false;
        return text(ask(socket,
                        frame("subscribe",
                            {{QStringLiteral("room"), room.id}, {QStringLiteral("epoch"), room.epoch},
                                {QStringLiteral("seq"), seq}})),
                   "type")
            == QLatin1String("subscribed");
    }
    static QJsonObject edited(const Room &room, QJsonValue target, QJsonValue words)
    {
        return frame("edit",
            {{QStringLiteral("room"), room.id}, {QStringLiteral("target"), target},
                {QStringLiteral("text"), words}});
    }
    static QJsonObject deleted(const Room &room, QJsonValue target)
    {
        return frame("delete", {{QStringLiteral("room"), room.id}, {QStringLiteral("target"), target}});
    }
    /// The next event of the socket that is of this kind.
    static QJsonObject next(WebSocketClient &socket, const char *kind)
    {
        return child(socket.next([kind](const QJsonObject &one) {
            return text(one, "type") == QLatin1String("event")
                && text(child(one, "event"), "kind") == QLatin1String(kind);
        }),
            "event");
    }
    Result<Member> setRole(const Person &who, const Room &room, const Person &whose, Role role)
    {
        return answerOf<Member>([&](auto *context, auto done) {
            m->core.thread->core().moderation->setRole(
                who.principal, room.id, whose.id(), role, context, done);
        });
    }
    Result<Room> change(const Person &who, const Room &room, const core::RoomWish &wish)
    {
        return answerOf<Room>([&](auto *context, auto done) {
            m->core.thread->core().moderation->change(who.principal, room.id, wish, context, done);
        });
    }

private Q_SLOTS:
    void initTestCase()
    {
        m = std::make_unique<WsFixture>();
        m_ann = m->newPerson(QStringLiteral("ann"));
        m_bob = m->newPerson(QStringLiteral("bob"));
        QVERIFY(!m_bob.token.isEmpty());
    }
    void init()
    {
        m_room = m->createRoom(m_ann, m->newRoomName(), RoomKind::Public);
        QVERIFY(!m_room.id.isEmpty());
    }

    void helloTellsTheWindow()
    {
        WebSocketClient ann;
        QVERIFY(ann.open(m->url(QStringLiteral("/ws/v1")), m_ann.token));
        const QJsonObject hello = ask(ann, frame("hello"));
        QCOMPARE(number(child(hello, "limits"), "edit_window_ms"), 24 * 3600 * 1000);
    }

    /// Live, after a resume, and in history.
    void othersSeeIt()
    {
        m->fill(m_ann, m_room, 2);
        WebSocketClient ann;
        WebSocketClient bob;
        QVERIFY(open(ann, m_ann, m_room));
        QVERIFY(open(bob, m_bob, m_room));
        const QString clientId = newId();
        QJsonObject request = edited(m_room, 1, QStringLiteral("one, edited"));
        request.insert(QStringLiteral("client_id"), clientId);
        const QJsonObject ack = ask(ann, request);
        QCOMPARE(text(ack, "type"), QStringLiteral("ack"));
        QCOMPARE(number(ack, "seq"), 3);
        QCOMPARE(text(ack, "client_id"), clientId);
        const QJsonObject edit = next(bob, "edited");
        QCOMPARE(number(edit, "seq"), 3);
        QCOMPARE(number(edit, "target"), 1);
        QCOMPARE(text(edit, "text"), QStringLiteral("one, edited"));
        QCOMPARE(text(edit, "id"), text(ack, "id"));
        // Sent again it is answered as at first.
        const QJsonObject again = ask(ann, request);
        QCOMPARE(number(again, "seq"), 3);
        QCOMPARE(again[QLatin1String("duplicate")], QJsonValue(true));
        request.insert(QStringLiteral("text"), QStringLiteral("other"));
        QCOMPARE(text(ask(ann, request), "code"), QStringLiteral("client_id_reused"));

        const QJsonObject gone = ask(ann, deleted(m_room, 2));
        QCOMPARE(number(gone, "seq"), 4);
        const QJsonObject deletion = next(bob, "deleted");
        QCOMPARE(number(deletion, "seq"), 4);
        QCOMPARE(number(deletion, "target"), 2);

        // Whoever comes back from before it sees what is now, and what has happened.
        WebSocketClient late;
        QVERIFY(open(late, m_bob, m_room, 0));
        const QJsonObject first = child(late.next(QStringLiteral("event")), "event");
        QCOMPARE(text(first, "text"), QStringLiteral("one, edited"));
        QCOMPARE(number(first, "edited_seq"), 3);
        const QJsonObject second = child(late.next(QStringLiteral("event")), "event");
        QCOMPARE(text(second, "text"), QString());
        QVERIFY(!text(second, "deleted_at").isEmpty());
        QCOMPARE(text(next(late, "edited"), "text"), QStringLiteral("one, edited"));
        QCOMPARE(number(next(late, "deleted"), "target"), 2);
    }

    /// An edit and a deletion stand behind what was sent before them, and before what was sent after.
    void theyKeepTheirOrder()
    {
        WebSocketClient ann;
        QVERIFY(open(ann, m_ann, m_room));
        for (int round = 0; round < 20; ++round) {
            ann.send(frame("send",
                {{QStringLiteral("room"), m_room.name}, {QStringLiteral("text"), QString::number(round)}}));
            ann.send(edited(m_room, 1, QStringLiteral("round %1").arg(round)));
        }
        ann.send(deleted(m_room, 1));
        for (int seq = 1; seq <= 41; ++seq) {
            const QJsonObject event = child(ann.next(QStringLiteral("event")), "event");
            QCOMPARE(number(event, "seq"), seq);
            QCOMPARE(text(event, "kind"),
                seq == 41          ? QStringLiteral("deleted")
                    : seq % 2 == 1 ? QStringLiteral("message")
                                   : QStringLiteral("edited"));
        }
    }

    void hostileInput_data()
    {
        QTest::addColumn<QJsonValue>("target");
        QTest::addColumn<QJsonValue>("words");
        QTest::addColumn<QString>("code");
        QTest::addColumn<QString>("field");
        const auto row = [](const char *name, QJsonValue target, QJsonValue words, const char *code,
                             const char *field) {
            QTest::newRow(name) << target << words << QString::fromLatin1(code) << QString::fromLatin1(field);
        };
        const QJsonValue fine = QStringLiteral("x");
        row("no target", QJsonValue::Undefined, fine, "missing_field", "target");
        row("0", 0, fine, "invalid_field", "target");
        row("negative", -1, fine, "invalid_field", "target");
        row("a fraction", 1.5, fine, "invalid_field", "target");
        row("a text", QStringLiteral("1"), fine, "invalid_field", "target");
        row("huge", 1e300, fine, "invalid_field", "target");
        row("beyond the room", 4711, fine, "not_found", "target");
        row("no message", 2, fine, "not_found", "target");
        row("no text", 1, QJsonValue::Undefined, "missing_field", "text");
        row("a blank text", 1, QStringLiteral(" "), "invalid_field", "text");
        row("NUL", 1, QString(QChar(u'\0')) + u'x', "invalid_field", "text");
        row("a long text", 1, QString(4001, u'x'), "message_too_long", "text");
        row("an object", 1, QJsonObject(), "invalid_field", "text");
    }
    void hostileInput()
    {
        QFETCH(QJsonValue, target);
        QFETCH(QJsonValue, words);
        QFETCH(QString, code);
        QFETCH(QString, field);
        m->fill(m_ann, m_room, 1);
        WebSocketClient ann;
        QVERIFY(open(ann, m_ann, m_room));
        ask(ann, edited(m_room, 1, QStringLiteral("edited"))); // which is seq 2
        QJsonObject refused = ask(ann, edited(m_room, target, words));
        QCOMPARE(text(refused, "type"), QStringLiteral("error"));
        QCOMPARE(text(refused, "code"), code);
        QCOMPARE(text(refused, "field"), field);
        if (field == QLatin1String("target")) {
            refused = ask(ann, deleted(m_room, target));
            QCOMPARE(text(refused, "code"), code);
            QCOMPARE(text(refused, "field"), field);
        }
    }

    void ofAnotherRoom()
    {
        const Room hidden = m->createRoom(m_ann, m->newRoomName(), RoomKind::Private);
        m->fill(m_ann, hidden, 1);
        WebSocketClient bob;
        QVERIFY(open(bob, m_bob, m_room));
        Room none;
        none.id = newId();
        for (const QJsonObject &request : {edited(hidden, 1, QStringLiteral("x")), deleted(hidden, 1)}) {
            QJsonObject there = ask(bob, request);
            QJsonObject elsewhere = request;
            elsewhere.insert(QStringLiteral("room"), none.id);
            QJsonObject nowhere = ask(bob, elsewhere);
            for (const auto &field : {QStringLiteral("ref"), QStringLiteral("room")}) {
                there.remove(field);
                nowhere.remove(field);
            }
            QCOMPARE(there, nowhere);
        }
    }

    void directMessages()
    {
        const Room direct = *answerOf<Room>([&](auto *context, auto done) {
            m->core.rooms->openDirect(m_ann.principal, m_bob.id(), context, done);
        });
        m->fill(m_ann, direct, 1);
        const qint64 last = answerOf<Room>([&](auto *context, auto done) {
            m->core.rooms->find(m_ann.principal, direct.id, context, done);
        })->lastSeq;
        WebSocketClient ann;
        WebSocketClient bob;
        QVERIFY(open(ann, m_ann, direct, last));
        QVERIFY(open(bob, m_bob, direct, last));
        QCOMPARE(text(ask(bob, deleted(direct, last)), "code"), QStringLiteral("forbidden"));
        QCOMPARE(text(ask(ann, edited(direct, last, QStringLiteral("psst"))), "type"), QStringLiteral("ack"));
        QCOMPARE(text(next(bob, "edited"), "text"), QStringLiteral("psst"));
        QCOMPARE(setRole(m_ann, direct, m_bob, Role::Owner).error().code, ErrorCode::Forbidden);
    }

    void guestsEditTheirOwn()
    {
        WsOptions options;
        options.accounts.guests = true;
        WsFixture guests(options);
        const Person ann = guests.newPerson(QStringLiteral("ann"));
        const Room room = guests.createRoom(ann, QStringLiteral("open-house"), RoomKind::Public);
        guests.fill(ann, room, 1);
        WebSocketClient guest;
        QVERIFY(guests.openNative(guest, {}));
        QJsonObject said = frame(
            "send", {{QStringLiteral("room"), room.id}, {QStringLiteral("text"), QStringLiteral("hi")}});
        QCOMPARE(number(ask(guest, said), "seq"), 2);
        QCOMPARE(text(ask(guest, edited(room, 1, QStringLiteral("x"))), "code"), QStringLiteral("forbidden"));
        QCOMPARE(number(ask(guest, edited(room, 2, QStringLiteral("hello"))), "seq"), 3);
        QCOMPARE(number(ask(guest, deleted(room, 2)), "seq"), 4);
    }

    /// One's sessions learn of another role at once, the room by an event.
    void rolesAreTold()
    {
        WebSocketClient ann;
        WebSocketClient bob;
        QVERIFY(open(ann, m_ann, m_room));
        QVERIFY(m->core.bringIn(m_ann.principal, m_bob.principal, m_room));
        QCOMPARE(text(next(ann, "member_changed"), "role"), QStringLiteral("member"));
        QVERIFY(open(bob, m_bob, m_room, 1));
        QVERIFY(setRole(m_ann, m_room, m_bob, Role::Moderator));
        const QJsonObject event = next(ann, "member_changed");
        QCOMPARE(text(event, "before"), QStringLiteral("member"));
        QCOMPARE(text(event, "role"), QStringLiteral("moderator"));
        QCOMPARE(text(child(event, "user"), "id"), m_bob.id());
        QCOMPARE(text(child(event, "sender"), "id"), m_ann.id());
        const QJsonObject member = ann.next(QStringLiteral("member"));
        QCOMPARE(text(member, "role"), QStringLiteral("moderator"));
        QCOMPARE(text(next(bob, "member_changed"), "role"), QStringLiteral("moderator"));
        const QJsonObject added = bob.next(QStringLiteral("room_added"));
        QCOMPARE(text(child(added, "room"), "role"), QStringLiteral("moderator"));
        QCOMPARE(number(child(added, "room"), "last_seq"), number(event, "seq"));
    }

    /// The event comes to the removed one as to all, and nothing after it, whoever is writing meanwhile.
    void nothingAfterARemoval_data()
    {
        QTest::addColumn<RoomKind>("kind");
        QTest::addColumn<Role>("role");
        QTest::newRow("removed from a private room") << RoomKind::Private << Role::None;
        QTest::newRow("banned from a private room") << RoomKind::Private << Role::Banned;
        QTest::newRow("banned from a public room") << RoomKind::Public << Role::Banned;
    }
    void nothingAfterARemoval()
    {
        QFETCH(RoomKind, kind);
        QFETCH(Role, role);
        const Room room = m->createRoom(m_ann, m->newRoomName(), kind);
        QVERIFY(m->core.bringIn(m_ann.principal, m_bob.principal, room));
        WebSocketClient ann;
        WebSocketClient bob;
        QVERIFY(open(ann, m_ann, room));
        QVERIFY(open(bob, m_bob, room));
        const auto say = [&](int count) {
            for (int i = 0; i < count; ++i)
                ann.send(frame("send",
                    {{QStringLiteral("room"), room.id}, {QStringLiteral("text"), QString::number(i)}}));
        };
        say(50);
        std::optional<Result<Member>> removed;
        QObject context;
        m->core.thread->core().moderation->setRole(m_ann.principal, room.id, m_bob.id(), role, &context,
            [&removed](const Result<Member> &result) { removed.emplace(result); });
        say(50);
        qint64 last = 0;
        bool isOver = false;
        while (!isOver) {
            const QJsonObject one = bob.next([](const QJsonObject &any) {
                return text(any, "type") == QLatin1String("event")
                    || text(any, "type") == QLatin1String("room_removed");
            });
            QVERIFY(!one.isEmpty());
            isOver = text(one, "type") == QLatin1String("room_removed");
            const QJsonObject event = child(one, "event");
            if (!isOver) {
                QVERIFY(last == 0 || number(event, "seq") == last + 1);
                last = number(event, "seq");
                const bool isRemoval = text(event, "kind") == QLatin1String("member_changed")
                    && text(event, "role") == roleText(role);
                if (isRemoval)
                    break;
            }
        }
        QVERIFY(!isOver); // the event came before the end
        QTRY_VERIFY(removed);
        QVERIFY(removed->ok());
        // What the room says goes on for ann; bob is answered as if there were no such room, and hears
        // nothing.
        QTRY_VERIFY(number(next(ann, "message"), "seq") > last);
        const QJsonObject refused = ask(bob,
            frame("subscribe",
                {{QStringLiteral("room"), room.id}, {QStringLiteral("epoch"), room.epoch},
                    {QStringLiteral("seq"), 0}}));
        QCOMPARE(text(refused, "code"),
            kind == RoomKind::Public ? QStringLiteral("forbidden") : QStringLiteral("not_found"));
        for (const QJsonObject &pending : bob.pending())
            QVERIFY2(text(pending, "type") != QLatin1String("event"), "an event after the removal");
    }

    void aRenamedRoomIsFoundByBothNames()
    {
        WebSocketClient ann;
        QVERIFY(open(ann, m_ann, m_room));
        const auto say = [&](const QString &room) {
            return ask(ann,
                frame(
                    "send", {{QStringLiteral("room"), room}, {QStringLiteral("text"), QStringLiteral("x")}}));
        };
        QCOMPARE(text(say(m_room.name), "room"), m_room.id);
        const QString name = m->newRoomName();
        QVERIFY(change(m_ann, m_room, {name, QStringLiteral("waders")}));
        const QJsonObject event = next(ann, "room_changed");
        QCOMPARE(text(event, "name"), name);
        QCOMPARE(text(event, "topic"), QStringLiteral("waders"));
        QCOMPARE(text(say(name), "room"), m_room.id);
        // Its old name stays its own.
        QVERIFY(m->createRoom(m_ann, m_room.name, RoomKind::Public).id.isEmpty());
        QCOMPARE(text(say(m_room.name), "room"), m_room.id);
    }

    /// The other dialects do not know these kinds: their live sockets hear nothing of them, and when they
    /// come they see messages as they are now.
    void otherDialects()
    {
        const QString path = QStringLiteral("/ws/chat/%1/").arg(m_room.name);
        m->fill(m_ann, m_room, 3);
        WebSocketClient before;
        QVERIFY(before.open(m->url(path), m_bob.token));
        for (int i = 1; i <= 3; ++i)
            QCOMPARE(text(before.next(QStringLiteral("chat_message")), "message"), QString::number(i));
        WebSocketClient ann;
        QVERIFY(open(ann, m_ann, m_room));
        ask(ann, edited(m_room, 1, QStringLiteral("one")));
        ask(ann, deleted(m_room, 2));
        QVERIFY(change(m_ann, m_room, {{}, QStringLiteral("waders")}));
        m->fill(m_ann, m_room, 1);
        const QJsonObject live = before.next([](const QJsonObject &one) {
            return text(one, "type") != QLatin1String("user_join")
                && text(one, "type") != QLatin1String("room_users_list");
        });
        QCOMPARE(text(live, "type"), QStringLiteral("chat_message"));
        QCOMPARE(number(live, "seq"), 7);

        const QList<std::pair<QString, QStringList>> starts{
            {QString(), {QStringLiteral("one"), QStringLiteral("3"), QStringLiteral("1")}},
            {QStringLiteral("?history=2"), {QStringLiteral("3"), QStringLiteral("1")}},
            {QStringLiteral("?history=1"), {QStringLiteral("1")}},
            {QStringLiteral("?since=1"), {QStringLiteral("3"), QStringLiteral("1")}},
            {QStringLiteral("?since=0"), {QStringLiteral("one"), QStringLiteral("3"), QStringLiteral("1")}},
            {QStringLiteral("?history=0"), {}}};
        for (const auto &[query, expected] : starts) {
            WebSocketClient late;
            QVERIFY(late.open(m->url(path + query), m_bob.token));
            QStringList seen;
            for (qsizetype i = 0; i < expected.size(); ++i)
                seen.append(text(late.next(QStringLiteral("chat_message")), "message"));
            QCOMPARE(seen, expected);
            const QString said = QStringLiteral("live after %1").arg(query);
            QVERIFY(m->core.send(m_ann.principal, m_room, said));
            QCOMPARE(text(late.next(QStringLiteral("chat_message")), "message"), said);
            QVERIFY(answerOf<core::Sent>([&](auto *context, auto done) {
                const qint64 last = answerOf<Room>([&](auto *inner, auto found) {
                    m->core.rooms->find(m_ann.principal, m_room.id, inner, found);
                })->lastSeq;
                m->core.messages->remove(m_ann.principal, m_room, last, core::Draft(), context, done);
            }));
        }
    }

    /// Many changes that are no messages leave as much history as there was.
    void historyCountsMessages()
    {
        m->fill(m_ann, m_room, 60);
        for (int i = 0; i < 150; ++i)
            QVERIFY(change(m_ann, m_room, {{}, QString::number(i)}));
        WebSocketClient late;
        QVERIFY(late.open(m->url(QStringLiteral("/ws/chat/%1/").arg(m_room.name)), m_bob.token));
        for (int i = 11; i <= 60; ++i)
            QCOMPARE(text(late.next(QStringLiteral("chat_message")), "message"), QString::number(i));
        QVERIFY(m->core.send(m_ann.principal, m_room, QStringLiteral("live")));
        QCOMPARE(text(late.next(QStringLiteral("chat_message")), "message"), QStringLiteral("live"));
    }

    /// On `/` a ban from the lobby leaves direct messages.
    void bannedFromTheLobby()
    {
        Person admin = m->newPerson(QStringLiteral("boss"));
        admin.principal.admin = true;
        const Person eve = m->newPerson(QStringLiteral("eve"));
        WebSocketClient socket;
        QVERIFY(socket.open(m->url(QStringLiteral("/")), eve.token));
        socket.sendRaw(QStringLiteral("hello"));
        QCOMPARE(text(socket.next(QStringLiteral("ack")), "type"), QStringLiteral("ack"));
        QVERIFY(setRole(admin, m->core.rooms->lobby(), eve, Role::Banned));
        QCOMPARE(text(socket.next(QStringLiteral("error")), "code"), QStringLiteral("forbidden"));
        WebSocketClient again;
        QVERIFY(again.open(m->url(QStringLiteral("/")), eve.token));
        for (WebSocketClient *one : {&socket, &again}) {
            one->sendRaw(QStringLiteral("hello again"));
            QCOMPARE(text(one->next(QStringLiteral("error")), "code"), QStringLiteral("forbidden"));
        }
        QVERIFY(answerOf<core::Sent>([&](auto *context, auto done) {
            m->core.messages->sendDirect(m_ann.principal, eve.id(), core::Draft{QStringLiteral("psst"), {}},
                QStringLiteral("message"), QStringLiteral("receiverId"), context, done);
        }));
        QCOMPARE(text(again.next(QStringLiteral("direct_message")), "message"), QStringLiteral("psst"));
    }

    void aDeletedMessageIsSentAgain_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QByteArray>("frame");
        QTest::addColumn<QString>("room");
        QTest::addColumn<bool>("known");
        const QString lobby = QStringLiteral("lobby");
        const QString direct = QStringLiteral("direct");
        QTest::newRow("000")
            << QStringLiteral("/")
            << QByteArray(R"({"senderId":"$ANN","receiverId":"$BOB","message":"oops","client_id":"$ID"})")
            << direct << false;
        QTest::newRow("001")
            << QStringLiteral("/websocket")
            << QByteArray(R"({"sender":"$ANN","receiver":"$BOB","content":"oops","client_id":"$ID"})")
            << direct << false;
        QTest::newRow("002") << QStringLiteral("/")
                             << QByteArray(R"({"event":"message","message":"oops","client_id":"$ID"})")
                             << lobby << false;
        QTest::newRow("003, 004") << QStringLiteral("/ws/chat/lobby/")
                                  << QByteArray(R"({"message":"oops","client_id":"$ID"})") << lobby << false;
        QTest::newRow("native")
            << QStringLiteral("/ws/v1")
            << QByteArray(R"({"type":"send","ref":"r","room":"$LOBBY","text":"oops","client_id":"$ID"})")
            << lobby << true;
    }

    /// Only the native API has a form for a deleted message.
    void aDeletedMessageIsSentAgain()
    {
        QFETCH(const QString, path);
        QFETCH(QByteArray, frame);
        QFETCH(const QString, room);
        QFETCH(const bool, known);
        const Room lobby = m->core.rooms->lobby();
        const auto direct = answerOf<Room>([&](auto *context, auto done) {
            m->core.rooms->openDirect(m_ann.principal, m_bob.id(), context, done);
        });
        QVERIFY(direct);
        const QString clientId = newId();
        frame.replace("$ANN", m_ann.id().toLatin1())
            .replace("$BOB", m_bob.id().toLatin1())
            .replace("$LOBBY", lobby.id.toLatin1())
            .replace("$ID", clientId.toLatin1());

        WebSocketClient ann;
        QVERIFY(known ? m->openNative(ann, m_ann.token) : ann.open(m->url(path), m_ann.token));
        ann.sendRaw(QString::fromLatin1(frame));
        const QJsonObject sent = ann.next([&clientId](const QJsonObject &one) {
            return text(one, "client_id") == clientId && number(one, "seq") > 0;
        });
        QVERIFY(number(sent, "seq") > 0);
        const auto removed = answerOf<core::Sent>([&](auto *context, auto done) {
            m->core.thread->core().messages->remove(m_ann.principal,
                room == QLatin1String("lobby") ? lobby : *direct, number(sent, "seq"), {}, context, done);
        });
        QVERIFY(removed);

        ann.sendRaw(QString::fromLatin1(frame));
        const QJsonObject again = ann.next([](const QJsonObject &one) {
            return text(one, "type") == QLatin1String("error")
                || one[QLatin1String("duplicate")] == QJsonValue(true);
        });
        QCOMPARE(text(again, "type"), known ? QStringLiteral("ack") : QStringLiteral("error"));
        if (!known)
            QCOMPARE(text(again, "code"), QStringLiteral("not_found"));
    }
};

QTEST_GUILESS_MAIN(WsChangesTest)
#include "tst_ws_changes.moc"
