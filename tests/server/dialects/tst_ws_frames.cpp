// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsoncodec.h"
#include "server/dialects/direct/directframes.h"
#include "server/dialects/native/nativeframes.h"
#include "server/dialects/personal/personalframes.h"
#include "server/dialects/room/roomframes.h"
#include "server/dialects/spelling.h"
#include "server/ws/wholeframe.h"

#include <QJsonDocument>
#include <QTest>
#include <QTimeZone>

using namespace rookery;
using namespace rookery::ws;

namespace {

constexpr char anyId[] = "01890000-0000-7000-8000-000000000001";

User ann()
{
    return {QStringLiteral("01890000-0000-7000-8000-0000000000aa"), QStringLiteral("ann")};
}

User bob()
{
    return {QStringLiteral("01890000-0000-7000-8000-0000000000bb"), QStringLiteral("Bob"), true};
}

Room room(RoomKind kind, const QList<User> &peers = {})
{
    Room room;
    room.id = QStringLiteral("room-id");
    room.name = kind == RoomKind::Direct ? QString() : QStringLiteral("plaza");
    room.kind = kind;
    room.epoch = QStringLiteral("epoch-id");
    room.lastSeq = 7;
    room.role = Role::Member;
    room.peers = peers;
    return room;
}

RoomEvent said()
{
    RoomEvent event;
    event.roomId = QStringLiteral("room-id");
    event.seq = 7;
    event.id = QStringLiteral("event-id");
    event.sender = ann();
    event.clientId = QString::fromLatin1(anyId);
    event.content = Posted{QStringLiteral("Hällo \"wörld\" \n 🐦")};
    event.timestamp = QDateTime(QDate(2026, 11, 21), QTime(8, 0, 0, 5), QTimeZone::utc());
    return event;
}

core::MemberChange presenceOf(const User &user, bool online)
{
    return {
        QStringLiteral("room-id"), Member{user, Role::Member, online}, core::MemberChange::What::Presence};
}

core::Broadcast broadcast(RoomKind kind = RoomKind::Public, const QList<User> &peers = {})
{
    return {said(), std::make_shared<const Room>(room(kind, peers))};
}

QJsonObject parsed(const char *text)
{
    QJsonParseError problem;
    const auto document = QJsonDocument::fromJson(text, &problem);
    Q_ASSERT_X(problem.error == QJsonParseError::NoError, text, qPrintable(problem.errorString()));
    return document.object();
}

QJsonObject parsed(const QByteArray &frame)
{
    return parsed(frame.constData());
}

} // namespace

/// What each dialect writes.
class WsFramesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answersOfTheDocuments_data();
    void answersOfTheDocuments();
    void directMessagesToOneself();
    void nativeAnswers_data();
    void nativeAnswers();
    void otherKinds_data();
    void otherKinds();
};

void WsFramesTest::answersOfTheDocuments_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<QByteArray>("wanted");

    const QByteArray text = R"("Hällo \"wörld\" \n 🐦")";
    const QByteArray tail = R"("timestamp":"2026-11-21T08:00:00.005Z","id":"event-id","seq":7,"client_id":")"
        + QByteArray(anyId) + '"';
    const QByteArray annId = ann().id.toUtf8();
    const QByteArray bobId = bob().id.toUtf8();
    const auto open = broadcast();
    const auto direct = broadcast(RoomKind::Direct, {bob(), ann()});

    QTest::newRow("002 lobby message") << personalframes::chatMessage(open)
                                       << R"({"type":"chat_message","event":"message","message":)" + text
            + R"(,"sender_username":"ann","sender_id":")" + annId + R"(","room":"plaza",)" + tail + '}';
    QTest::newRow("000 direct message")
        << personalframes::directMessage(direct)
        << R"({"type":"direct_message","senderId":")" + annId + R"(","receiverId":")" + bobId
            + R"(","message":)" + text + R"(,"sender_username":"ann",)" + tail + '}';
    QTest::newRow("001 direct message")
        << directframes::directMessage(direct)
        << R"({"type":"direct_message","sender":"ann","receiver":"Bob","content":)" + text
            + R"(,"sender_id":")" + annId + R"(","receiver_id":")" + bobId + R"(",)" + tail + '}';
    QTest::newRow("000 Message received") << spelling::ackFrame(
        {said(), false}) << R"({"type":"ack","message":"Message received","duplicate":false,)" + tail + '}';
    QTest::newRow("000 Message received, again") << spelling::ackFrame(
        {said(), true}) << R"({"type":"ack","message":"Message received","duplicate":true,)" + tail + '}';
    QTest::newRow("004 chat_message") << roomframes::chatMessage(open)
                                      << R"({"type":"chat_message","message":)" + text
            + R"(,"sender_username":"ann","sender_id":")" + annId + R"(","room":"plaza",)" + tail + '}';
    QTest::newRow("004 chat_message of history")
        << roomframes::pastMessage(open)
        << R"({"type":"chat_message","history":true,"message":)" + text
            + R"(,"sender_username":"ann","sender_id":")" + annId + R"(","room":"plaza",)" + tail + '}';
    QTest::newRow("004 direct message")
        << roomframes::directMessage(direct)
        << R"({"type":"direct_message","message":)" + text + R"(,"sender_username":"ann","sender_id":")"
            + annId + R"(","receiver_id":")" + bobId + R"(",)" + tail + '}';
    QTest::newRow("004 user_join") << roomframes::presence(presenceOf(ann(), true))
                                   << R"({"type":"user_join","user_id":")" + annId + R"(","username":"ann"})";
    QTest::newRow("004 user_leave") << roomframes::presence(
        presenceOf(bob(), false)) << R"({"type":"user_leave","user_id":")" + bobId + R"(","username":"Bob"})";
}

void WsFramesTest::answersOfTheDocuments()
{
    QFETCH(const QByteArray, frame);
    QFETCH(const QByteArray, wanted);
    QCOMPARE(parsed(frame), parsed(wanted));
    QVERIFY(!frame.contains('\n'));
}

void WsFramesTest::directMessagesToOneself()
{
    const QJsonObject frame = parsed(directframes::directMessage(broadcast(RoomKind::Direct, {ann()})));
    QCOMPARE(frame[QLatin1String("sender")], QStringLiteral("ann"));
    QCOMPARE(frame[QLatin1String("receiver")], QStringLiteral("ann"));
}

void WsFramesTest::nativeAnswers_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<QByteArray>("wanted");

    using namespace nativeframes;
    const QByteArray annJson = R"({"id":")" + ann().id.toUtf8() + R"(","username":"ann"})";
    const QByteArray roomJson =
        R"({"id":"room-id","name":"plaza","kind":"public","epoch":"epoch-id","last_seq":7,"member":true,"role":"member"})";
    const QByteArray clientId = anyId;
    const Room plaza = room(RoomKind::Public);
    const Member member{ann(), Role::Member, false};

    const QByteArray memberJson =
        R"({"user":)" + annJson + R"(,"member":true,"role":"member","online":false})";
    const store::RoomsPage page{{plaza, plaza}, QStringLiteral("later")};
    Limits limits;
    limits.pingInterval = std::chrono::seconds(20);
    limits.messageCharacters = 123;
    limits.websocketMessageBytes = 4567;
    limits.editWindow = std::chrono::hours(1);
    limits.roomNameCharactersMax = 21;
    limits.topicCharacters = 99;
    core::Principal caller{ann(), QStringLiteral("s")};
    const QByteArray helloJson = R"("type":"hello","ref":1,"user":)" + annJson
        + R"(,"session":"s","heartbeat_ms":20000,"limits":{"edit_window_ms":3600000,"message_characters":123,)"
        + R"("room_name_characters":21,"topic_characters":99,"websocket_message_bytes":4567},"rooms":[)"
        + roomJson + R"(],"next":null})";
    QTest::newRow("hello") << hello(1, caller, limits, encode({{plaza}, {}}, 1000)) << '{' + helloJson;
    caller.admin = true;
    QTest::newRow("hello, an admin") << hello(1, caller, limits, encode({{plaza}, {}}, 1000))
                                     << R"({"admin":true,)" + helloJson;
    QTest::newRow("rooms") << rooms(1, encode(page, 1000))
                           << R"({"type":"rooms","ref":1,"rooms":[)" + roomJson + ',' + roomJson
            + R"(],"next":"later"})";
    QTest::newRow("rooms, cut") << rooms(
        1, encode(page, 150)) << R"({"type":"rooms","ref":1,"rooms":[)" + roomJson + R"(],"next":"room-id"})";
    QTest::newRow("subscribed") << subscribed(
        QStringLiteral("x"), plaza, {toJson(json::fromMember(member)), 1, true})
                                << R"({"type":"subscribed","ref":"x","room":)" + roomJson + R"(,"members":[)"
            + memberJson + R"(],"member_count":1,"members_next":null})";
    QTest::newRow("subscribed, cut off")
        << subscribed({}, plaza, {toJson(json::fromMember(member)), 9, false})
        << R"({"type":"subscribed","room":)" + roomJson + R"(,"members":[)" + memberJson
            + R"(],"member_count":9,"members_next":"online:"})";
    QTest::newRow("members") << members(
        2, QStringLiteral("room-id"), {{member}, QStringLiteral("member:x"), 9})
                             << R"({"type":"members","ref":2,"room":"room-id","members":[)" + memberJson
            + R"(],"member_count":9,"next":"member:x"})";
    QTest::newRow("presence") << presence({QStringLiteral("room-id"), 40,
        true}) << QByteArray(R"({"type":"presence","room":"room-id","online":40,"missed":true})");
    QTest::newRow("unsubscribed, without ref") << unsubscribed({}, QStringLiteral("room-id"))
                                               << QByteArray(R"({"type":"unsubscribed","room":"room-id"})");
    QTest::newRow("ack") << nativeframes::ack(2, {said(), true})
                         << R"({"type":"ack","ref":2,"room":"room-id","id":"event-id","seq":7,"client_id":")"
            + clientId + R"(","timestamp":"2026-11-21T08:00:00.005Z","duplicate":true})";
    QTest::newRow("event")
        << nativeframes::event(broadcast())
        << R"({"type":"event","event":{"room":"room-id","seq":7,"id":"event-id","kind":"message","sender":)"
            + annJson + R"(,"client_id":")" + clientId
            + R"(","text":"Hällo \"wörld\" \n 🐦","timestamp":"2026-11-21T08:00:00.005Z"}})";
    QTest::newRow("member") << nativeframes::member(QStringLiteral("room-id"), member)
                            << R"({"type":"member","room":"room-id","user":)" + annJson
            + R"(,"member":true,"role":"member","online":false})";
    QTest::newRow("reset") << reset(plaza) << R"({"type":"reset","room":)" + roomJson + '}';
    QTest::newRow("room_added") << roomAdded(plaza) << R"({"type":"room_added","room":)" + roomJson + '}';
    QTest::newRow("room_removed") << roomRemoved(QStringLiteral("room-id"))
                                  << QByteArray(R"({"type":"room_removed","room":"room-id"})");
    QTest::newRow("error")
        << error(3, QStringLiteral("plaza"),
               {ErrorCode::RateLimited, QStringLiteral("Slow down."), QStringLiteral("f"),
                   std::chrono::milliseconds(40)})
        << QByteArray(
               R"({"type":"error","ref":3,"room":"plaza","error":"Slow down.","code":"rate_limited","field":"f","retry_after_ms":40})");
    QTest::newRow("error without more") << error({}, {}, {ErrorCode::NotFound, QStringLiteral("No.")})
                                        << QByteArray(R"({"type":"error","error":"No.","code":"not_found"})");
    QTest::newRow("going_away") << goingAway(std::chrono::milliseconds(700))
                                << QByteArray(R"({"type":"going_away","retry_after_ms":700})");
    QTest::newRow("pong") << pong({}) << QByteArray(R"({"type":"pong"})");
}

void WsFramesTest::nativeAnswers()
{
    answersOfTheDocuments();
}

void WsFramesTest::otherKinds_data()
{
    QTest::addColumn<EventContent>("content");
    QTest::addColumn<QByteArray>("fields");
    const auto row = [](const char *name, EventContent content, const QByteArray &fields) {
        QTest::newRow(name) << content << fields;
    };
    row("edited", Edited{3, QStringLiteral("x")}, R"("kind":"edited","target":3,"text":"x")");
    row("edited, and again since", Edited{3}, R"("kind":"edited","target":3)");
    row("deleted", Deleted{3}, R"("kind":"deleted","target":3)");
    row("member_changed", MemberChanged{ann(), Role::Member, Role::Banned},
        R"("kind":"member_changed","before":"member","role":"banned","user":{"id":")" + ann().id.toLatin1()
            + R"(","username":"ann"})");
    row("room_changed", RoomChanged{{}, QStringLiteral("t")}, R"("kind":"room_changed","topic":"t")");
}

/// `/ws/v1` has them; the five documents do not know them, and their sockets send nothing.
void WsFramesTest::otherKinds()
{
    QFETCH(const EventContent, content);
    QFETCH(const QByteArray, fields);
    RoomEvent event = said();
    event.content = content;
    const core::Broadcast broadcast(
        event, std::make_shared<const Room>(room(RoomKind::Direct, {ann(), bob()})));
    using Encoder = core::Broadcast::Encoder;
    for (const Encoder encoder : {Encoder(&wholeFrame<&roomframes::chatMessage>),
             Encoder(&wholeFrame<&roomframes::pastMessage>), Encoder(&wholeFrame<&roomframes::directMessage>),
             Encoder(&wholeFrame<&personalframes::chatMessage>),
             Encoder(&wholeFrame<&personalframes::directMessage>),
             Encoder(&wholeFrame<&directframes::directMessage>)})
        QVERIFY(broadcast.frame(encoder).isEmpty());
    const QByteArray wanted = R"({"type":"event","event":{"room":"room-id","seq":7,"id":"event-id","sender":)"
        + QJsonDocument(json::fromUser(ann())).toJson(QJsonDocument::Compact) + R"(,"client_id":")"
        + QByteArray(anyId) + R"(","timestamp":"2026-11-21T08:00:00.005Z",)" + fields + "}}";
    QCOMPARE(parsed(nativeframes::event(broadcast)), parsed(wanted));
}

QTEST_GUILESS_MAIN(WsFramesTest)
#include "tst_ws_frames.moc"
