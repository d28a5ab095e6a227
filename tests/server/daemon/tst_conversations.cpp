// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/daemon/frameparts.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <QSet>
#include <QTest>
#include <QUuid>

using namespace rookery::test;

/// Whole conversations over a real daemon, across the dialects: a message sent in one arrives in all.
class ConversationsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aDirectMessageReachesEveryDialect();
    void theLobbyIsOneRoomInEveryDialect();
    void whatIsSaidOnceASocketIsOpenReachesIt();
    void joinsAndLeavesAreToldOncePerUser();
    void nativeResumeHasNoGapAndNoDouble();
    void aClientIdIsStoredOnceOverEveryDialect();
    void aRevokedSessionIsClosedEverywhere();
    void whoIsBlockedIsHeardInNoDialect();
    void aPrivateRoomDoesNotExistForOthers();
    void aSlowLogInDoesNotHoldUpMessages();

private:
    QUrl http(const char *path) const { return m_daemon.url().resolved(QUrl(QLatin1String(path))); }
    QUrl ws(const char *path) const { return m_daemon.webSocketUrl(QLatin1String(path)); }
    TestUser newUser(const char *stem)
    {
        return registerUser(m_daemon.url(), QStringLiteral("%1%2").arg(QLatin1String(stem)).arg(++m_users));
    }

    TestDaemon m_daemon{{},
        {{QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_USER"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_NETWORK"), QStringLiteral("0")}}};
    int m_users = 0;
};

void ConversationsTest::initTestCase()
{
    QVERIFY2(m_daemon.start(), m_daemon.log());
}

void ConversationsTest::aDirectMessageReachesEveryDialect()
{
    const TestUser ann = newUser("ann");
    const TestUser bob = newUser("bob");
    WebSocketClient personal;
    WebSocketClient direct;
    WebSocketClient room;
    WebSocketClient native;
    QVERIFY(personal.open(ws("/"), bob.token));
    QVERIFY(direct.open(ws("/websocket"), bob.token));
    QVERIFY(room.open(ws("/ws/chat/plaza/"), bob.token));
    QVERIFY(!room.next(QStringLiteral("room_users_list")).isEmpty());
    QVERIFY(native.open(ws("/ws/v1"), bob.token));
    native.send(object({{"type", QStringLiteral("hello")}}));
    QVERIFY(!native.next(QStringLiteral("hello")).isEmpty());
    WebSocketClient own;
    QVERIFY(own.open(ws("/"), ann.token));
    // What a socket says is answered, so that the test knows it to be open on the server's side too.
    own.send(object({{"message", QStringLiteral("hello, lobby")}}));
    QVERIFY(!own.next(QStringLiteral("ack")).isEmpty());
    personal.send(object({{"message", QStringLiteral("hello, lobby")}}));
    QVERIFY(!personal.next(QStringLiteral("ack")).isEmpty());
    direct.send(object({{"sender", bob.name}, {"receiver", bob.name}, {"content", QStringLiteral("note")}}));
    QVERIFY(!direct.next(QStringLiteral("ack")).isEmpty());

    const HttpAnswer sent = request("POST", http("/api/messages"),
        object({{"senderId", ann.id}, {"receiverId", bob.name},
            {"message", QStringLiteral("Hello, how are you?")}}),
        ann.token);
    QCOMPARE(sent.status, 200);

    const auto isIt = [](const QJsonObject &frame) {
        return text(frame, "message").startsWith(QLatin1String("Hello,"));
    };
    for (WebSocketClient *socket : {&personal, &own}) {
        const QJsonObject frame = socket->next(isIt);
        QCOMPARE(text(frame, "type"), QStringLiteral("direct_message"));
        QCOMPARE(text(frame, "senderId"), ann.id);
        QCOMPARE(text(frame, "receiverId"), bob.id);
        QCOMPARE(text(frame, "sender_username"), ann.name);
        QVERIFY(text(frame, "timestamp").endsWith(QLatin1Char('Z')));
        QVERIFY(!text(frame, "id").isEmpty());
    }
    const QJsonObject frame = direct.next(
        [](const QJsonObject &f) { return text(f, "content").startsWith(QLatin1String("Hello,")); });
    QCOMPARE(text(frame, "sender"), ann.name);
    QCOMPARE(text(frame, "receiver"), bob.name);
    QCOMPARE(text(room.next(isIt), "sender_username"), ann.name);

    const auto opened = native.next([&ann](const QJsonObject &f) {
        return text(f, "type") == QLatin1String("room_added")
            && f[QLatin1String("room")][QLatin1String("peers")].toArray().size() == 2;
    });
    const QString roomId = opened[QLatin1String("room")][QLatin1String("id")].toString();
    native.send(object({{"type", QStringLiteral("subscribe")}, {"ref", 1}, {"room", roomId}, {"seq", 0}}));
    const QJsonObject event = native.next(QStringLiteral("event"))[QLatin1String("event")].toObject();
    QCOMPARE(text(event, "text"), QStringLiteral("Hello, how are you?"));
}

void ConversationsTest::theLobbyIsOneRoomInEveryDialect()
{
    const TestUser ann = newUser("ann");
    const TestUser bob = newUser("bob");
    WebSocketClient personal;
    QVERIFY(personal.open(ws("/"), ann.token));
    WebSocketClient room;
    QVERIFY(room.open(ws("/ws/chat/lobby/?history=0"), bob.token));
    QVERIFY(!room.next(QStringLiteral("room_users_list")).isEmpty());

    QStringList said;
    const auto heard = [&](WebSocketClient &socket) {
        return socket.next([&](const QJsonObject &f) { return text(f, "message") == said.last(); });
    };
    // 002: by event.
    said.append(QStringLiteral("one %1").arg(ann.name));
    personal.send(object({{"event", QStringLiteral("message")}, {"message", said.last()}}));
    QCOMPARE(text(heard(room), "type"), QStringLiteral("chat_message"));
    QCOMPARE(text(heard(personal), "sender_username"), ann.name);
    // 002 and 003: over HTTP.
    said.append(QStringLiteral("two %1").arg(ann.name));
    QCOMPARE(
        request("POST", http("/api/chats/send"), object({{"message", said.last()}}), ann.token).status, 200);
    QVERIFY(!heard(room).isEmpty());
    QVERIFY(!heard(personal).isEmpty());
    said.append(QStringLiteral("three %1").arg(ann.name));
    QCOMPARE(request("POST", http("/chat/send/"), object({{"message", said.last()}}), ann.token).status, 200);
    QVERIFY(!heard(room).isEmpty());
    QVERIFY(!heard(personal).isEmpty());
    // 004: from the room itself.
    said.append(QStringLiteral("four %1").arg(bob.name));
    room.send(object({{"message", said.last()}}));
    QCOMPARE(text(heard(personal), "sender_id"), bob.id);

    const auto history = request("GET", http("/chat/history/?limit=4"), {}, bob.token)
                             .json[QLatin1String("chat_history")]
                             .toArray();
    QStringList kept;
    for (const QJsonValue &message : history)
        kept.append(message[QLatin1String("message")].toString());
    QCOMPARE(kept, said);
}

void ConversationsTest::whatIsSaidOnceASocketIsOpenReachesIt()
{
    const TestUser ann = newUser("ann");
    const TestUser bob = newUser("bob");
    WebSocketClient speaker;
    QVERIFY(speaker.open(ws("/"), ann.token));
    for (int i = 0; i < 30; ++i) {
        WebSocketClient late;
        QVERIFY(late.open(ws("/"), bob.token));
        const QString said = QStringLiteral("%1 says %2").arg(ann.name).arg(i);
        speaker.send(object({{"message", said}}));
        QVERIFY2(!late.next([&said](const QJsonObject &f) { return text(f, "message") == said; }).isEmpty(),
            qUtf8Printable(said));
    }
}

void ConversationsTest::joinsAndLeavesAreToldOncePerUser()
{
    const TestUser ann = newUser("ann");
    const TestUser bob = newUser("bob");
    WebSocketClient watcher;
    QVERIFY(watcher.open(ws("/ws/chat/doors/"), ann.token));
    QVERIFY(!watcher.next(QStringLiteral("room_users_list")).isEmpty());

    auto first = std::make_unique<WebSocketClient>();
    auto second = std::make_unique<WebSocketClient>();
    QVERIFY(first->open(ws("/ws/chat/doors/"), bob.token));
    const auto users = first->next(QStringLiteral("room_users_list"))[QLatin1String("users")].toArray();
    QCOMPARE(users.size(), 2);
    QVERIFY(second->open(ws("/ws/chat/doors/"), bob.token));
    QVERIFY(!second->next(QStringLiteral("room_users_list")).isEmpty());
    first->socket().close();
    QVERIFY(first->closeCode() != 0);
    second->send(object({{"message", QStringLiteral("still here")}}));
    QVERIFY(!second->next(QStringLiteral("chat_message")).isEmpty());
    second->socket().close();
    QVERIFY(second->closeCode() != 0);

    QStringList told;
    while (told.isEmpty() || told.last() != QLatin1String("user_leave")) {
        const QJsonObject frame = watcher.next();
        QVERIFY(!frame.isEmpty());
        told.append(text(frame, "type"));
        if (told.last() != QLatin1String("chat_message"))
            QCOMPARE(text(frame, "user_id"), bob.id);
    }
    QCOMPARE(told,
        QStringList(
            {QStringLiteral("user_join"), QStringLiteral("chat_message"), QStringLiteral("user_leave")}));
}

void ConversationsTest::nativeResumeHasNoGapAndNoDouble()
{
    const TestUser ann = newUser("ann");
    const TestUser bob = newUser("bob");
    const QJsonObject room = request("POST", http("/api/v1/rooms"),
        object({{"name", QStringLiteral("resume-%1").arg(ann.name)}}), ann.token)
                                 .json[QLatin1String("room")]
                                 .toObject();
    WebSocketClient sender;
    QVERIFY(sender.open(ws("/ws/v1"), ann.token));
    sender.send(object({{"type", QStringLiteral("hello")}}));
    QVERIFY(!sender.next(QStringLiteral("hello")).isEmpty());

    constexpr int messages = 300;
    int acknowledged = 0;
    int sent = 0;
    QList<qint64> seen;
    auto receiver = std::make_unique<WebSocketClient>();
    const auto reconnect = [&] {
        receiver = std::make_unique<WebSocketClient>();
        QVERIFY(receiver->open(ws("/ws/v1"), bob.token));
        const QJsonObject point = object({{"room", text(room, "id")}, {"epoch", text(room, "epoch")},
            {"seq", seen.isEmpty() ? 0 : seen.last()}});
        receiver->send(object({{"type", QStringLiteral("hello")}, {"resume", QJsonArray{point}}}));
    };
    reconnect();
    while (seen.size() < messages) {
        // At most twenty in flight, so that the user's burst is not the subject here.
        while (sent < messages && sent - acknowledged < 20) {
            const QString clientId = QUuid::createUuid().toString(QUuid::WithoutBraces);
            sender.send(object({{"type", QStringLiteral("send")}, {"ref", sent}, {"room", text(room, "id")},
                {"client_id", clientId}, {"text", QString::number(sent)}}));
            ++sent;
        }
        const QJsonObject answer =
            sender.pending().isEmpty() && acknowledged == messages ? QJsonObject() : [&] {
                return sender.next([](const QJsonObject &f) {
                    return text(f, "type") == QLatin1String("ack")
                        || text(f, "type") == QLatin1String("error");
                });
            }();
        if (text(answer, "type") == QLatin1String("ack"))
            ++acknowledged;
        else if (text(answer, "type") == QLatin1String("error"))
            QFAIL(qUtf8Printable(text(answer, "error")));

        while (!receiver->pending().isEmpty() || (acknowledged == messages && seen.size() < messages)) {
            const QJsonObject event =
                receiver->next(QStringLiteral("event"))[QLatin1String("event")].toObject();
            if (event.isEmpty())
                break;
            seen.append(event[QLatin1String("seq")].toInteger());
            if (seen.size() % 70 == 0) {
                receiver->socket().abort();
                reconnect();
            }
        }
    }
    QList<qint64> expected;
    for (int i = 1; i <= messages; ++i)
        expected.append(i);
    QCOMPARE(seen, expected);
}

void ConversationsTest::aClientIdIsStoredOnceOverEveryDialect()
{
    const TestUser ann = newUser("ann");
    const QString clientId = QUuid::createUuid().toString(QUuid::WithoutBraces);
    const QString said = QStringLiteral("once %1").arg(ann.name);
    const QJsonObject draft = object({{"message", said}, {"client_id", clientId}});

    const HttpAnswer first = request("POST", http("/api/chats/send"), draft, ann.token);
    QCOMPARE(first.status, 200);
    const QString id = text(first.json, "id");
    QCOMPARE(text(request("POST", http("/chat/send"), draft, ann.token).json, "id"), id);
    const HttpAnswer native = request("POST", http("/api/v1/rooms/lobby/messages"),
        object({{"text", said}, {"client_id", clientId.toUpper()}}), ann.token);
    QCOMPARE(native.status, 200);
    QCOMPARE(native.json[QLatin1String("event")][QLatin1String("id")].toString(), id);
    WebSocketClient socket;
    QVERIFY(socket.open(ws("/"), ann.token));
    socket.send(draft);
    const QJsonObject ack = socket.next(QStringLiteral("ack"));
    QCOMPARE(text(ack, "id"), id);
    QVERIFY(ack[QLatin1String("duplicate")].toBool());

    const HttpAnswer other = request("POST", http("/api/chats/send"),
        object({{"message", QStringLiteral("another text")}, {"client_id", clientId}}), ann.token);
    QCOMPARE(other.status, 409);
    QCOMPARE(text(other.json, "code"), QStringLiteral("client_id_reused"));
}

void ConversationsTest::aRevokedSessionIsClosedEverywhere()
{
    const TestUser ann = newUser("ann");
    const HttpAnswer again = request("POST", http("/login"),
        object({{"username", ann.name}, {"password", QStringLiteral("correct horse")}}));
    QCOMPARE(again.status, 200);
    const QString kept = text(again.json, "token");
    WebSocketClient doomed;
    QVERIFY(doomed.open(ws("/ws/chat/plaza/"), ann.token));
    QVERIFY(!doomed.next(QStringLiteral("room_users_list")).isEmpty());
    WebSocketClient other;
    QVERIFY(other.open(ws("/ws/chat/plaza/"), kept));
    QVERIFY(!other.next(QStringLiteral("room_users_list")).isEmpty());

    const auto sessions =
        request("GET", http("/sessions"), {}, kept).json[QLatin1String("sessions")].toArray();
    QCOMPARE(sessions.size(), 2);
    QString first;
    for (const QJsonValue &session : sessions) {
        if (!session[QLatin1String("current")].toBool())
            first = session[QLatin1String("id")].toString();
    }
    const HttpAnswer revoked =
        request("DELETE", m_daemon.url().resolved(QUrl(QStringLiteral("/sessions/") + first)), {}, kept);
    QVERIFY2(revoked.status == 200 || revoked.status == 204, revoked.body);
    QCOMPARE(doomed.closeCode(), 4001);
    QCOMPARE(request("GET", http("/api/users/profile"), {}, ann.token).status, 401);
    QCOMPARE(request("GET", http("/api/users/profile"), {}, kept).status, 200);
    other.send(object({{"message", QStringLiteral("still here")}}));
    QCOMPARE(text(other.next(QStringLiteral("chat_message")), "message"), QStringLiteral("still here"));
}

/// THREATS 34. Although they have a direct room already.
void ConversationsTest::whoIsBlockedIsHeardInNoDialect()
{
    const TestUser ann = newUser("ann");
    const TestUser bob = newUser("bob");
    const QString said = QStringLiteral("please");
    const auto overHttp = [&](const TestUser &from, const TestUser &to) {
        return request("POST", http("/api/messages"),
            object({{"senderId", from.id}, {"receiverId", to.id}, {"message", said}}), from.token);
    };
    WebSocketClient ears;
    QVERIFY(ears.open(ws("/"), bob.token));
    WebSocketClient otherEars;
    QVERIFY(otherEars.open(ws("/websocket"), bob.token));
    QCOMPARE(overHttp(ann, bob).status, 200);
    QCOMPARE(overHttp(bob, ann).status, 200);
    for (int i = 0; i < 2; ++i) {
        QVERIFY(!ears.next(QStringLiteral("direct_message")).isEmpty());
        QVERIFY(
            !otherEars.next([](const QJsonObject &frame) { return frame.contains(QLatin1String("content")); })
                 .isEmpty());
    }
    const QString room = request("POST", http("/api/v1/direct"), object({{"user", bob.id}}), ann.token)
                             .json[QLatin1String("room")][QLatin1String("id")]
                             .toString();
    QVERIFY(!room.isEmpty());
    const QByteArray messages = "/api/v1/rooms/" + room.toUtf8() + "/messages";
    WebSocketClient personal;
    WebSocketClient direct;
    WebSocketClient native;
    QVERIFY(personal.open(ws("/"), ann.token));
    QVERIFY(direct.open(ws("/websocket"), ann.token));
    QVERIFY(native.open(ws("/ws/v1"), ann.token));
    native.send(object({{"type", QStringLiteral("hello")}}));
    QVERIFY(!native.next(QStringLiteral("hello")).isEmpty());

    const QByteArray block = "/api/v1/blocked/" + ann.id.toUtf8();
    QCOMPARE(request("PUT", http(block.constData()), {}, bob.token).status, 204);
    const auto sentence = QStringLiteral("This user takes no direct messages from you.");
    for (const HttpAnswer &answer : {overHttp(ann, bob),
             request("POST", http(messages.constData()), object({{"text", said}}), ann.token)}) {
        QCOMPARE(answer.status, 403);
        QCOMPARE(text(answer.json, "code"), QStringLiteral("forbidden"));
        QCOMPARE(text(answer.json, "detail"), sentence);
    }
    personal.send(object({{"senderId", ann.id}, {"receiverId", bob.id}, {"message", said}}));
    direct.send(object({{"sender", ann.id}, {"receiver", bob.id}, {"content", said}}));
    native.send(object({{"type", QStringLiteral("send")}, {"room", room}, {"text", said}}));
    for (WebSocketClient *socket : {&personal, &direct, &native}) {
        const QJsonObject error = socket->next(QStringLiteral("error"));
        QCOMPARE(text(error, "code"), QStringLiteral("forbidden"));
        QCOMPARE(text(error, "error"), sentence);
    }
    // Reading what was said before goes on, and so do other rooms.
    const QByteArray events = "/api/v1/rooms/" + room.toUtf8() + "/events";
    QCOMPARE(request("GET", http(events.constData()), {}, ann.token)
                 .json[QLatin1String("events")]
                 .toArray()
                 .size(),
        2);
    QCOMPARE(request("POST", http("/api/chats/send"), object({{"message", said}}), ann.token).status, 200);
    QVERIFY(!ears.next(QStringLiteral("chat_message")).isEmpty());
    // No answer could come, so the other way is closed as well.
    const HttpAnswer back = overHttp(bob, ann);
    QCOMPARE(back.status, 403);
    QVERIFY(text(back.json, "detail").startsWith(QLatin1String("You have blocked this user.")));

    QCOMPARE(request("DELETE", http(block.constData()), {}, bob.token).status, 204);
    native.send(
        object({{"type", QStringLiteral("send")}, {"room", room}, {"text", QStringLiteral("after")}}));
    QCOMPARE(text(ears.next(QStringLiteral("direct_message")), "message"), QStringLiteral("after"));
    QCOMPARE(text(otherEars.next(
                      [](const QJsonObject &frame) { return frame.contains(QLatin1String("content")); }),
                 "content"),
        QStringLiteral("after"));
}

void ConversationsTest::aPrivateRoomDoesNotExistForOthers()
{
    const TestUser ann = newUser("ann");
    const TestUser bob = newUser("bob");
    const QString name = QStringLiteral("secret-%1").arg(ann.name);
    const HttpAnswer made =
        request("POST", http("/api/v1/rooms"), object({{"name", name}, {"private", true}}), ann.token);
    QCOMPARE(made.status, 201);
    const QString base = QStringLiteral("/api/v1/rooms/") + name;
    for (const char *tail : {"", "/members", "/events"}) {
        const QUrl url = m_daemon.url().resolved(QUrl(base + QLatin1String(tail)));
        const HttpAnswer refused = request("GET", url, {}, bob.token);
        const HttpAnswer missing = request("GET",
            m_daemon.url().resolved(QUrl(QStringLiteral("/api/v1/rooms/no-such-room") + QLatin1String(tail))),
            {}, bob.token);
        QCOMPARE(refused.status, 404);
        QCOMPARE(refused.body, missing.body);
        QCOMPARE(request("GET", url, {}, ann.token).status, 200);
    }
    WebSocketClient socket;
    QVERIFY(socket.open(m_daemon.webSocketUrl(QStringLiteral("/ws/chat/%1/").arg(name)), bob.token));
    QCOMPARE(socket.closeCode(), 4000);

    const QUrl members = m_daemon.url().resolved(QUrl(base + QStringLiteral("/members")));
    QCOMPARE(request("POST", members, object({{"user", bob.name}}), ann.token).status, 200);
    QVERIFY(socket.open(m_daemon.webSocketUrl(QStringLiteral("/ws/chat/%1/").arg(name)), bob.token));
    QVERIFY(!socket.next(QStringLiteral("room_users_list")).isEmpty());
    // Who leaves hears nothing more.
    QCOMPARE(
        request("POST", m_daemon.url().resolved(QUrl(base + QStringLiteral("/leave"))), {}, bob.token).status,
        204);
    QCOMPARE(socket.closeCode(), 4000);
}

void ConversationsTest::aSlowLogInDoesNotHoldUpMessages()
{
    const TestUser ann = newUser("ann");
    WebSocketClient socket;
    QVERIFY(socket.open(ws("/ws/chat/busy/"), ann.token));
    QVERIFY(!socket.next(QStringLiteral("room_users_list")).isEmpty());
    QNetworkAccessManager manager;
    int answered = 0;
    for (int i = 0; i < 16; ++i) {
        QNetworkRequest login(http("/login"));
        login.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
        QNetworkReply *reply =
            manager.post(login, QByteArray(R"({"username":"nobody","password":"wrong password"})"));
        connect(reply, &QNetworkReply::finished, this, [&answered, reply] {
            ++answered;
            reply->deleteLater();
        });
    }
    // A round trip in the room ends long before sixteen hashes do, because none of them runs on the event
    // loop.
    socket.send(object({{"message", QStringLiteral("quick")}}));
    QVERIFY(!socket.next(QStringLiteral("chat_message")).isEmpty());
    QVERIFY2(answered < 16, "every hash was done before one message came back");
    QTRY_COMPARE_WITH_TIMEOUT(answered, 16, 60'000);
}

QTEST_GUILESS_MAIN(ConversationsTest)
#include "tst_conversations.moc"
