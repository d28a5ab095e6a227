// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/selfframes.h"

#include <QTest>

using namespace rookery;
using namespace rookery::client;

namespace {

const QByteArray roomJson =
    R"({"id":"r1","name":"lobby","kind":"public","epoch":"e1","last_seq":7,"member":true})";

template <typename Frame>
Frame decoded(const QByteArray &utf8)
{
    const auto frame = decodeFrame(utf8);
    if (!frame || !std::holds_alternative<Frame>(*frame))
        qFatal("Not the frame that was expected: %s", utf8.constData());
    return std::get<Frame>(*frame);
}

} // namespace

class TestFrames : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void hello()
    {
        const auto hello = decoded<HelloFrame>(
            R"({"type":"hello","ref":"1","user":{"id":"u1","username":"ada"},"session":"s","heartbeat_ms":30000,"rooms":[)"
            + roomJson + R"(,{"id":"r2","kind":"hologram"},"nonsense"]})");
        QCOMPARE(hello.ref, QStringLiteral("1"));
        QCOMPARE(hello.user.name, QStringLiteral("ada"));
        QCOMPARE(hello.heartbeat.count(), 30'000);
        // The rooms that this version cannot read are left out, the others are there.
        QCOMPARE(hello.rooms.size(), 1);
        QCOMPARE(hello.rooms.constFirst().lastSeq, 7);
    }

    void helloNamesTheServersLimits_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<ServerLimits>("limits");
        using namespace std::chrono_literals;
        const ServerLimits usual;
        const auto row = [](const char *name, const char *json, const ServerLimits &limits) {
            QTest::newRow(name) << (QByteArray(R"(,"limits":)") + json) << limits;
        };
        QTest::newRow("none, as from an older server") << QByteArray() << usual;
        row("all",
            R"({"message_characters":120,"room_name_characters":20,"topic_characters":30,"edit_window_ms":60000,)"
            R"("websocket_message_bytes":2048})",
            {120, 20, 30, 60s, 2048});
        row("some", R"({"topic_characters":9,"others":[]})", {4000, 64, 9, 24h, 64 * 1024});
        row("editing without end", R"({"edit_window_ms":0})", {4000, 64, 250, 0ms, 64 * 1024});
        row("no numbers",
            R"({"message_characters":"many","room_name_characters":null,"topic_characters":1.5,"edit_window_ms":{}})",
            usual);
        row("no object", "[1]", usual);
        row("none at all",
            R"({"message_characters":0,"room_name_characters":-1,"topic_characters":0,"edit_window_ms":-1,)"
            R"("websocket_message_bytes":0})",
            usual);
        row("more than can be shown",
            R"({"message_characters":9007199254740991,"room_name_characters":9007199254740991,)"
            R"("topic_characters":9007199254740991})",
            {65'536, 256, 65'536, 24h, 64 * 1024});
    }
    void helloNamesTheServersLimits()
    {
        QFETCH(const QByteArray, json);
        const auto hello = decoded<HelloFrame>(
            R"({"type":"hello","ref":"1","user":{"id":"u1","username":"ada"},"session":"s","rooms":[])" + json
            + '}');
        QTEST(hello.limits, "limits");
    }

    void bansAreReadOneByOne()
    {
        const auto json = JsonReader::parse(
            R"({"bans":[)"
            R"({"user":{"id":"u2","username":"bob"},"by":{"id":"u1","username":"ada"},"at":"2026-11-21T08:00:00.000Z"},)"
            R"({"user":{"id":"u3","username":"cid"},"at":"2026-11-21T08:00:00.000Z"},)"
            R"({"user":{"id":"u4","username":"dora"},"by":{"id":"u1","username":"ada"},"at":"once"},7]})");
        QVERIFY(json.ok());
        const QList<Ban> bans = decodeBans(*json, QLatin1String("bans"));
        QCOMPARE(bans.size(), 1);
        QCOMPARE(bans[0].user.name, QStringLiteral("bob"));
        QCOMPARE(bans[0].by.name, QStringLiteral("ada"));
        QCOMPARE(bans[0].at, QDateTime(QDate(2026, 11, 21), QTime(8, 0), Qt::UTC));
    }

    void answersKeepTheirRef()
    {
        QCOMPARE(decoded<PongFrame>(R"({"type":"pong","ref":12})").ref, QStringLiteral("12"));
        const auto ack = decoded<AckFrame>(
            R"({"type":"ack","ref":"3","room":"r1","id":"m","seq":4,"client_id":"c","timestamp":"2026-11-21T08:00:00.000Z","duplicate":true})");
        QCOMPARE(ack.ref, QStringLiteral("3"));
        QCOMPARE(ack.seq, 4);
        QCOMPARE(ack.timestamp, parseTimestamp(QStringLiteral("2026-11-21T08:00:00.000Z")));
        const auto error = decoded<ErrorFrame>(
            R"({"type":"error","ref":"4","error":"Slow down.","code":"rate_limited","retry_after_ms":1500,"room":"r1"})");
        QCOMPARE(error.error.code, ErrorCode::RateLimited);
        QCOMPARE(error.error.retryAfter.count(), 1'500);
        QCOMPARE(error.roomId, QStringLiteral("r1"));
    }

    void otherFrames()
    {
        const auto subscribed = decoded<SubscribedFrame>(R"({"type":"subscribed","ref":"2","room":)"
            + roomJson
            + R"(,"members":[{"user":{"id":"u1","username":"ada"},"member":true,"online":true},{"user":7}]})");
        QCOMPARE(subscribed.members.members.size(), 1);
        // Of a server of the first version, which sends everybody.
        QCOMPARE(subscribed.members.count, 1);
        QVERIFY(subscribed.members.next.isEmpty());
        QCOMPARE(decoded<ResetFrame>(R"({"type":"reset","room":)" + roomJson + "}").room.epoch,
            QStringLiteral("e1"));
        QCOMPARE(decoded<RoomAddedFrame>(R"({"type":"room_added","room":)" + roomJson + "}").room.id,
            QStringLiteral("r1"));
        QCOMPARE(
            decoded<RoomRemovedFrame>(R"({"type":"room_removed","room":"r1"})").roomId, QStringLiteral("r1"));
        const Invitation invitation = decoded<InvitedFrame>(
            R"({"type":"invited","invitation":{"room":{"id":"r1","name":"den"},"inviter":{"id":"u1","username":"ann"},)"
            R"("invited_at":"2026-11-29T08:00:00.000Z"}})")
                                          .invitation;
        QCOMPARE(invitation.roomId, QStringLiteral("r1"));
        QCOMPARE(invitation.roomName, QStringLiteral("den"));
        QCOMPARE(invitation.inviter.name, QStringLiteral("ann"));
        QCOMPARE(invitation.invitedAt, parseTimestamp(QStringLiteral("2026-11-29T08:00:00.000Z")));
        QCOMPARE(decoded<InvitationEndedFrame>(R"({"type":"invitation_ended","room":"r1"})").roomId,
            QStringLiteral("r1"));
        QCOMPARE(
            decoded<GoingAwayFrame>(R"({"type":"going_away","retry_after_ms":900})").retryAfter.count(), 900);
        const auto member = decoded<MemberFrame>(
            R"({"type":"member","room":"r1","user":{"id":"u2","username":"bob"},"member":false,"online":true})");
        QVERIFY(member.member.online && !member.member.isMember());
        QCOMPARE(decoded<UnknownFrame>(R"({"type":"hologram","ref":"9","x":1})").ref, QStringLiteral("9"));
    }

    /// THREATS 35.
    void pages()
    {
        const auto hello = decoded<HelloFrame>(
            R"({"type":"hello","user":{"id":"u1","username":"ada"},"rooms":[],"next":"r9"})");
        QCOMPARE(hello.next, QStringLiteral("r9"));
        const auto rooms =
            decoded<RoomsFrame>(R"({"type":"rooms","ref":"4","rooms":[)" + roomJson + R"(,7],"next":null})");
        QCOMPARE(rooms.ref, QStringLiteral("4"));
        QCOMPARE(rooms.rooms.size(), 1);
        QVERIFY(rooms.next.isEmpty());
        const QByteArray ada = R"({"user":{"id":"u1","username":"ada"},"member":true,"online":true})";
        const auto subscribed = decoded<SubscribedFrame>(R"({"type":"subscribed","room":)" + roomJson
            + R"(,"members":[)" + ada + R"(],"member_count":50000,"members_next":"online:"})");
        QCOMPARE(subscribed.members.count, 50'000);
        QCOMPARE(subscribed.members.next, QStringLiteral("online:"));
        const auto members = decoded<MembersFrame>(R"({"type":"members","ref":5,"room":"r1","members":[)"
            + ada + R"(,{}],"member_count":2,"next":"member:u1"})");
        QCOMPARE(members.ref, QStringLiteral("5"));
        QCOMPARE(members.roomId, QStringLiteral("r1"));
        QCOMPARE(members.page.members.size(), 1);
        QCOMPARE(members.page.next, QStringLiteral("member:u1"));
        const auto presence =
            decoded<PresenceFrame>(R"({"type":"presence","room":"r1","online":7,"missed":true})");
        QCOMPARE(presence.online, 7);
        QVERIFY(presence.missed);
        QVERIFY(helloRequest({}).value(QLatin1String("pages")).toBool());
        QVERIFY(!membersRequest(QStringLiteral("r1"), {}).contains(QLatin1String("after")));
        QCOMPARE(roomsRequest(QStringLiteral("r9")).value(QLatin1String("after")).toString(),
            QStringLiteral("r9"));
    }

    void aPoisonEventBecomesAPlaceholder_data()
    {
        QTest::addColumn<QByteArray>("event");
        QTest::newRow("bare") << QByteArray(R"({"room":"r1","seq":5})");
        QTest::newRow("wrong types") << QByteArray(
            R"({"room":"r1","seq":5,"id":[],"kind":"message","sender":"me","client_id":7,"text":{},"timestamp":false})");
        QTest::newRow("bad time") << QByteArray(
            R"({"room":"r1","seq":5,"id":"m","kind":"message","sender":{"id":"u","username":"n"},"client_id":"c","text":"t","timestamp":"soon"})");
    }
    void aPoisonEventBecomesAPlaceholder()
    {
        QFETCH(QByteArray, event);
        const auto frame = decoded<EventFrame>(R"({"type":"event","event":)" + event + "}");
        QCOMPARE(frame.event.roomId, QStringLiteral("r1"));
        QCOMPARE(frame.event.seq, 5);
        QVERIFY(frame.event.sender.id.isEmpty());
        QVERIFY(frame.event.as<Unknown>());
        QVERIFY(frame.event.timestamp.isValid());
    }

    void anUnknownKindIsKept()
    {
        const QByteArray event =
            R"({"client_id":"c","id":"m","kind":"hologram","room":"r1","sender":{"id":"u","username":"n"},"seq":5,"text":"t","timestamp":"2026-11-21T08:00:00.000Z"})";
        const auto frame = decoded<EventFrame>(R"({"type":"event","event":)" + event + "}");
        QCOMPARE(frame.event.seq, 5);
        const auto *unknown = frame.event.as<Unknown>();
        QVERIFY(unknown);
        QCOMPARE(unknown->kind, QStringLiteral("hologram"));
        QCOMPARE(unknown->raw, event);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("frame");
        int number = 0;
        for (const char *frame : {"", "null", "[]", "{", "{}", R"({"type":7})", R"({"type":"event"})",
                 R"({"type":"event","event":{"room":"r1"}})", R"({"type":"event","event":{"seq":4}})",
                 R"({"type":"event","event":{"room":"r1","seq":-1}})",
                 R"({"type":"event","event":{"room":"r1","seq":1e300}})", R"({"type":"hello"})",
                 R"({"type":"subscribed","room":"r1"})", R"({"type":"ack","room":"r1"})",
                 R"({"type":"member","room":"r1"})", R"({"type":"members","members":[]})",
                 R"({"type":"presence","online":3})"})
            QTest::addRow("%d", ++number) << QByteArray(frame);
    }
    void refuses()
    {
        QFETCH(QByteArray, frame);
        QVERIFY(!decodeFrame(frame).ok());
    }

    void aPageKeepsWhatCanBeRead()
    {
        const QByteArray good =
            R"("room":"r1","id":"m","kind":"message","sender":{"id":"u","username":"n"},"client_id":"c","text":"t","timestamp":"2026-11-21T08:00:00.000Z"})";
        const auto json =
            JsonReader::parse(R"({"epoch":"e1","last_seq":9,"has_more":true,"events":[{"seq":3,)" + good
                + R"(,{"seq":4,"kind":"hologram"},"nonsense",{"seq":4,)" + good + R"(,{"seq":2,)" + good
                + R"(,{"seq":6,)" + good + "]}");
        QVERIFY(json.ok());
        const auto page = decodePage(*json);
        QVERIFY(page.ok());
        QList<qint64> seqs;
        for (const RoomEvent &event : page->events)
            seqs.append(event.seq);
        // In order and each once, whatever the server sends.
        QCOMPARE(seqs, (QList<qint64>{3, 4, 6}));
        QVERIFY(page->hasMore);
    }

    void requests()
    {
        QCOMPARE(toJson(helloRequest({{QStringLiteral("r1"), QStringLiteral("e1"), 7}})),
            QByteArray(
                R"({"pages":true,"resume":[{"epoch":"e1","room":"r1","seq":7}],"self":{},"type":"hello"})"));
        QCOMPARE(toJson(readRequest(QStringLiteral("r1"), 7)),
            QByteArray(R"({"room":"r1","seq":7,"type":"read"})"));
        QCOMPARE(toJson(subscribeRequest({QStringLiteral("r1"), {}, 0})),
            QByteArray(R"({"room":"r1","type":"subscribe"})"));
        QCOMPARE(toJson(subscribeRequest({QStringLiteral("r1"), QStringLiteral("e1"), 0})),
            QByteArray(R"({"epoch":"e1","room":"r1","seq":0,"type":"subscribe"})"));
        QCOMPARE(toJson(sendRequest(QStringLiteral("r1"), QStringLiteral("c"), QStringLiteral("t"))),
            QByteArray(R"({"client_id":"c","room":"r1","text":"t","type":"send"})"));
    }
};

QTEST_GUILESS_MAIN(TestFrames)
#include "tst_frames.moc"
