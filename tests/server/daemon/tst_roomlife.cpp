// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/daemon/frameparts.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <QTest>

using namespace rookery::test;

/// What happens to rooms, members and messages in the native API, seen by clients of the five documents.
class RoomLifeTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void resendOfADeletedMessageIsRefused();
    void bannedGuestsReadNothing();
    void namesOfRoutesAreNoRoomNames();
    void whatNobodySeesIsNoText();
    void formerNamesStayTheRooms();
    void whoJoinsALeftRoomOwnsIt();

private:
    HttpAnswer call(const QByteArray &method, const QString &path, const QJsonObject &body = {},
        const QString &token = {});
    TestUser newUser() { return registerUser(m_daemon.url(), QStringLiteral("user%1").arg(++m_users)); }
    /// A new public room of the user's; its name.
    QString newRoom(const TestUser &owner);

    TestDaemon m_daemon{{},
        {{QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_AUTH_GUESTS"), QStringLiteral("true")}}};
    int m_users = 0;
    int m_rooms = 0;
};

namespace {

QString code(const HttpAnswer &answer)
{
    return answer.json[QLatin1String("code")].toString();
}

} // namespace

void RoomLifeTest::initTestCase()
{
    QVERIFY2(m_daemon.start(), m_daemon.log());
}

HttpAnswer RoomLifeTest::call(
    const QByteArray &method, const QString &path, const QJsonObject &body, const QString &token)
{
    return request(method, m_daemon.url().resolved(QUrl(path)), body, token);
}

QString RoomLifeTest::newRoom(const TestUser &owner)
{
    const QString name = QStringLiteral("room%1").arg(++m_rooms);
    const HttpAnswer made =
        call("POST", QStringLiteral("/api/v1/rooms"), {{QStringLiteral("name"), name}}, owner.token);
    return made.status == 201 ? name : QString();
}

/// 003, 004 and 000 have no word for "deleted": an empty message would be shown.
void RoomLifeTest::resendOfADeletedMessageIsRefused()
{
    const TestUser ann = newUser();
    const TestUser ben = newUser();
    const QString room = newRoom(ann);
    QVERIFY(!room.isEmpty());
    WebSocketClient socket;
    QVERIFY(socket.open(m_daemon.webSocketUrl(QStringLiteral("/ws/chat/%1/").arg(room)), ann.token));
    const QJsonObject message{
        {QStringLiteral("message"), QStringLiteral("hello")}, {QStringLiteral("client_id"), newUuid()}};
    socket.send(message);
    const QJsonObject shown = socket.next(QStringLiteral("chat_message"));
    QCOMPARE(shown[QLatin1String("message")].toString(), QStringLiteral("hello"));
    const QString path = QStringLiteral("/api/v1/rooms/%1/messages/%2")
                             .arg(room, QString::number(shown[QLatin1String("seq")].toInteger()));
    QCOMPARE(call("DELETE", path, {}, ann.token).status, 200);
    socket.send(message);
    const QJsonObject answered = socket.next();
    QCOMPARE(answered[QLatin1String("type")].toString(), QStringLiteral("error"));
    QCOMPARE(answered[QLatin1String("code")].toString(), QStringLiteral("not_found"));

    const QJsonObject direct{{QStringLiteral("senderId"), ann.id}, {QStringLiteral("receiverId"), ben.id},
        {QStringLiteral("message"), QStringLiteral("for you")}, {QStringLiteral("client_id"), newUuid()}};
    const HttpAnswer sent = call("POST", QStringLiteral("/api/messages"), direct, ann.token);
    QCOMPARE(sent.status, 200);
    const HttpAnswer rooms = call("GET", QStringLiteral("/api/v1/rooms"), {}, ann.token);
    QString directRoom;
    for (const QJsonValue value : rooms.json[QLatin1String("rooms")].toArray()) {
        if (value[QLatin1String("kind")].toString() == QLatin1String("direct"))
            directRoom = value[QLatin1String("id")].toString();
    }
    QVERIFY(!directRoom.isEmpty());
    QCOMPARE(
        call("DELETE", QStringLiteral("/api/v1/rooms/%1/messages/1").arg(directRoom), {}, ann.token).status,
        200);
    const HttpAnswer again = call("POST", QStringLiteral("/api/messages"), direct, ann.token);
    QCOMPARE(again.status, 404);
    QCOMPARE(code(again), QStringLiteral("not_found"));
}

void RoomLifeTest::bannedGuestsReadNothing()
{
    const TestUser ann = newUser();
    const QString room = newRoom(ann);
    QVERIFY(!room.isEmpty());
    const QJsonObject message{
        {QStringLiteral("room"), room}, {QStringLiteral("message"), QStringLiteral("hi")}};
    QCOMPARE(call("POST", QStringLiteral("/chat/send/"), message).status, 200);
    const QString history = QStringLiteral("/chat/history/?room=") + room;
    const HttpAnswer read = call("GET", history);
    QCOMPARE(read.status, 200);
    const QString guest = read.json[QLatin1String("chat_history")][0][QLatin1String("sender_id")].toString();
    QVERIFY(!guest.isEmpty());
    QCOMPARE(call("PUT", QStringLiteral("/api/v1/rooms/%1/members/%2").arg(room, guest),
                 {{QStringLiteral("role"), QStringLiteral("banned")}}, ann.token)
                 .status,
        200);
    QCOMPARE(call("POST", QStringLiteral("/chat/send/"), message).status, 403);
    QCOMPARE(call("GET", history).status, 403);
    QCOMPARE(call("GET", QStringLiteral("/chat/history/")).status, 200);
}

void RoomLifeTest::namesOfRoutesAreNoRoomNames()
{
    const TestUser ann = newUser();
    const QString room = newRoom(ann);
    QVERIFY(!room.isEmpty());
    for (const QString &name : {QStringLiteral("directory"), QStringLiteral("Directory")}) {
        const QJsonObject named{{QStringLiteral("name"), name}};
        QCOMPARE(code(call("POST", QStringLiteral("/api/v1/rooms"), named, ann.token)),
            QStringLiteral("name_taken"));
        QCOMPARE(code(call("PATCH", QStringLiteral("/api/v1/rooms/") + room, named, ann.token)),
            QStringLiteral("name_taken"));
        // 003 makes rooms at first use.
        QCOMPARE(call("POST", QStringLiteral("/chat/send/"),
                     {{QStringLiteral("room"), name}, {QStringLiteral("message"), QStringLiteral("hi")}},
                     ann.token)
                     .status,
            404);
    }
}

void RoomLifeTest::whatNobodySeesIsNoText()
{
    const TestUser ann = newUser();
    const QString room = newRoom(ann);
    QVERIFY(!room.isEmpty());
    const QString invisible = QStringLiteral(" \u200b\ufeff\u00ad\u200e\u3164\u2800 ");
    const QString path = QStringLiteral("/api/v1/rooms/") + room;
    const HttpAnswer changed = call("PATCH", path, {{QStringLiteral("topic"), invisible}}, ann.token);
    QCOMPARE(changed.status, 200);
    QVERIFY(changed.json[QLatin1String("room")][QLatin1String("topic")].toString().isEmpty());
    const HttpAnswer sent =
        call("POST", path + QStringLiteral("/messages"), {{QStringLiteral("text"), invisible}}, ann.token);
    QCOMPARE(sent.status, 400);
    QCOMPARE(sent.json[QLatin1String("field")].toString(), QStringLiteral("text"));
}

/// Whoever goes on writing to a room by the name that it had writes to that room, and to no other (THREATS 1).
void RoomLifeTest::formerNamesStayTheRooms()
{
    const TestUser ann = newUser();
    const TestUser ben = newUser();
    const TestUser eve = newUser();
    const auto named = [](const QString &name) { return QJsonObject{{QStringLiteral("name"), name}}; };
    QJsonObject plans = named(QStringLiteral("plans"));
    plans.insert(QStringLiteral("private"), true);
    QCOMPARE(call("POST", QStringLiteral("/api/v1/rooms"), plans, ann.token).status, 201);
    QCOMPARE(call("POST", QStringLiteral("/api/v1/rooms/plans/members"), {{QStringLiteral("user"), ben.name}},
                 ann.token)
                 .status
            / 100,
        2);
    QCOMPARE(call("PATCH", QStringLiteral("/api/v1/rooms/plans"), named(QStringLiteral("plans-2")), ann.token)
                 .status,
        200);

    // Invited by the former name, ben joins by it and writes by it, as a client of 003 does.
    QCOMPARE(call("POST", QStringLiteral("/api/v1/rooms/plans/join"), {}, ben.token).status, 200);
    QCOMPARE(call("POST", QStringLiteral("/chat/send/"),
                 {{QStringLiteral("room"), QStringLiteral("plans")},
                     {QStringLiteral("message"), QStringLiteral("secret")}},
                 ben.token)
                 .status,
        200);
    const HttpAnswer page = call("GET", QStringLiteral("/api/v1/rooms/plans-2/events"), {}, ann.token);
    QCOMPARE(page.json[QLatin1String("events")].toArray().last()[QLatin1String("text")].toString(),
        QStringLiteral("secret"));

    // To everybody else the former name is as taken, and as hidden, as the present one.
    QCOMPARE(call("GET", QStringLiteral("/chat/history/?room=plans"), {}, eve.token).status, 404);
    for (const QString &name : {QStringLiteral("plans"), QStringLiteral("P1ans")}) {
        QCOMPARE(code(call("POST", QStringLiteral("/api/v1/rooms"), named(name), eve.token)),
            QStringLiteral("name_taken"));
    }
    QCOMPARE(call("POST", QStringLiteral("/chat/send/"),
                 {{QStringLiteral("room"), QStringLiteral("plans")},
                     {QStringLiteral("message"), QStringLiteral("mine")}},
                 eve.token)
                 .status,
        404);
    const QString other = newRoom(eve);
    QCOMPARE(code(call("PATCH", QStringLiteral("/api/v1/rooms/") + other, named(QStringLiteral("plans")),
                 eve.token)),
        QStringLiteral("name_taken"));

    // The room itself can have it back, and has at most so many.
    QCOMPARE(call("PATCH", QStringLiteral("/api/v1/rooms/plans-2"), named(QStringLiteral("plans")), ann.token)
                 .status,
        200);
    for (int i = 3; i <= 21; ++i)
        QCOMPARE(call("PATCH", QStringLiteral("/api/v1/rooms/plans"),
                     named(QStringLiteral("plans-%1").arg(i)), ann.token)
                     .status,
            200);
    const HttpAnswer refused =
        call("PATCH", QStringLiteral("/api/v1/rooms/plans"), named(QStringLiteral("plans-22")), ann.token);
    QCOMPARE(refused.status, 403);
    QCOMPARE(refused.json[QLatin1String("field")].toString(), QStringLiteral("name"));
    QCOMPARE(call("PATCH", QStringLiteral("/api/v1/rooms/plans"), named(QStringLiteral("plans")), ann.token)
                 .status,
        200);
}

void RoomLifeTest::whoJoinsALeftRoomOwnsIt()
{
    const TestUser ann = newUser();
    const TestUser ben = newUser();
    const QString path = QStringLiteral("/api/v1/rooms/") + newRoom(ann);
    QCOMPARE(call("POST", path + QStringLiteral("/leave"), {}, ann.token).status, 204);
    const HttpAnswer joined = call("POST", path + QStringLiteral("/join"), {}, ben.token);
    QCOMPARE(joined.status, 200);
    QCOMPARE(joined.json[QLatin1String("room")][QLatin1String("role")].toString(), QStringLiteral("owner"));
    const HttpAnswer again = call("POST", path + QStringLiteral("/join"), {}, ann.token);
    QCOMPARE(again.json[QLatin1String("room")][QLatin1String("role")].toString(), QStringLiteral("member"));

    // Made by a dialect that has no owners: nobody takes it over.
    QCOMPARE(call("POST", QStringLiteral("/chat/send/"),
                 {{QStringLiteral("room"), QStringLiteral("visited")},
                     {QStringLiteral("message"), QStringLiteral("hi")}},
                 ann.token)
                 .status,
        200);
    const HttpAnswer visited = call("POST", QStringLiteral("/api/v1/rooms/visited/join"), {}, ben.token);
    QCOMPARE(visited.json[QLatin1String("room")][QLatin1String("role")].toString(), QStringLiteral("member"));
}

QTEST_GUILESS_MAIN(RoomLifeTest)
#include "tst_roomlife.moc"
