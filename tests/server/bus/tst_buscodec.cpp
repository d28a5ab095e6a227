// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/codec.h"

#include <QTest>
#include <QTimeZone>

using namespace rookery;
using namespace rookery::bus;

namespace {

const QString roomId = QStringLiteral("0198c0de-1234-7abc-8def-0123456789ab");

User ann()
{
    return {QStringLiteral("id-ann"), QStringLiteral("Änn \"🐦\""), false};
}

QDateTime noon()
{
    return QDateTime(QDate(2026, 11, 29), QTime(12, 0, 0, 5), QTimeZone::utc());
}

Room room(Role role)
{
    Room made;
    made.id = roomId;
    made.name = QStringLiteral("комната");
    made.kind = RoomKind::Direct;
    made.epoch = QStringLiteral("epoch");
    made.lastSeq = (qint64(1) << 53) - 1;
    made.role = role;
    made.peers = {ann(), {QStringLiteral("id-guest"), QStringLiteral("guest-1"), true}};
    made.topic = QStringLiteral("waders\u0085");
    return made;
}

bool isSame(const EventCommitted &a, const EventCommitted &b)
{
    return a.event == b.event && *a.room == *b.room;
}
bool isSame(const MembershipChanged &a, const MembershipChanged &b)
{
    return a.room == b.room && a.user == b.user;
}
bool isSame(const InvitationChanged &a, const InvitationChanged &b)
{
    return a.invitation == b.invitation && a.invited == b.invited && a.open == b.open;
}
bool isSame(const PresenceChanged &a, const PresenceChanged &b)
{
    return a.roomId == b.roomId && a.user == b.user && a.role == b.role && a.online == b.online
        && a.hub == b.hub;
}
bool isSame(const RoomPresence &a, const RoomPresence &b)
{
    return a.roomId == b.roomId && a.present == b.present;
}
bool isSame(const RoomHeads &a, const RoomHeads &b)
{
    return a.heads == b.heads;
}
bool isSame(const NoticesLost &, const NoticesLost &)
{
    return true;
}
bool isSame(const HistoryChanged &a, const HistoryChanged &b)
{
    return a.epoch == b.epoch;
}
bool isSame(const SessionEnded &a, const SessionEnded &b)
{
    return a.sessionId == b.sessionId && a.reason == b.reason;
}
bool isSame(const SelfEventCommitted &a, const SelfEventCommitted &b)
{
    return a.userId == b.userId && a.event == b.event;
}
template <typename A, typename B>
bool isSame(const A &, const B &)
{
    return false;
}

} // namespace

Q_DECLARE_METATYPE(rookery::EventContent)

class BusCodecTest : public QObject
{
    Q_OBJECT
private:
    static void comesBack(const Notice &notice)
    {
        const auto written = encode(notice);
        QVERIFY(written);
        const auto read = decode(*written);
        QVERIFY2(read && *read, written->constData());
        QVERIFY2(std::visit([](const auto &a, const auto &b) { return isSame(a, b); }, notice, **read),
            written->constData());
        const auto again = encode(**read);
        QVERIFY(again);
        QCOMPARE(*again, *written);
    }

private Q_SLOTS:
    void events_data()
    {
        QTest::addColumn<EventContent>("content");
        const auto row = [](const char *name, EventContent content) { QTest::newRow(name) << content; };
        row("message", Posted{QStringLiteral("Hällo \"wörld\" \n 🐦 \u2028")});
        row("edited message", Posted{QStringLiteral("x"), 7, noon()});
        row("deleted message", Posted{{}, 7, noon(), noon()});
        row("edit", Edited{3, QStringLiteral("y")});
        row("edit that is outdated", Edited{3});
        row("deletion", Deleted{(qint64(1) << 53) - 1});
        row("member", MemberChanged{ann(), Role::Invited, Role::Owner});
        row("room", RoomChanged{QStringLiteral("name"), QString(QLatin1String(""))});
    }
    void events()
    {
        QFETCH(EventContent, content);
        RoomEvent event{
            roomId, 42, QStringLiteral("event-id"), ann(), QStringLiteral("client-id"), noon(), content};
        comesBack(EventCommitted{event, std::make_shared<const Room>(room(Role::None))});
    }

    void otherNotices()
    {
        for (int role = int(Role::Banned); role <= int(Role::Owner); ++role) {
            comesBack(MembershipChanged{room(Role(role)), ann()});
            for (const bool online : {false, true})
                comesBack(PresenceChanged{roomId, ann(), Role(role), online, ~HubId(0)});
        }
        const User guest{QStringLiteral("id-guest"), QStringLiteral("guest-1"), true};
        comesBack(RoomPresence{roomId, {}});
        comesBack(RoomPresence{roomId, {{ann(), Role::Owner, 1}, {guest, Role::None, HubId(1) << 63}}});
        comesBack(RoomHeads{});
        comesBack(RoomHeads{{{roomId, 0}, {QStringLiteral("other"), (qint64(1) << 53) - 1}}});
        comesBack(NoticesLost{});
        comesBack(HistoryChanged{QStringLiteral("epoch")});
        for (const bool open : {false, true})
            comesBack(
                InvitationChanged{Invitation{roomId, QStringLiteral("den"), ann(), noon()}, ann(), open});
        comesBack(
            SessionEnded{QStringLiteral("session"), QStringLiteral("This session is over; log in again.")});
        comesBack(
            SelfEventCommitted{QStringLiteral("id-ann"), SelfEvent{7, noon(), ReadMarked{roomId, 3, 1, 5}}});
    }

    void refusals_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("field");
        const auto row = [](const char *text, const char *field) {
            QTest::newRow(text) << QByteArray(text) << QString::fromLatin1(field);
        };
        row("", "");
        row("[]", "");
        row("{}", "v");
        row(R"({"v":1})", "notice");
        row(R"({"v":"1","notice":"notices_lost"})", "v");
        row(R"({"v":1,"notice":7})", "notice");
        row(R"({"v":1,"notice":"session_ended","session":"s"})", "reason");
        row(R"({"v":1,"notice":"session_ended","session":1,"reason":"r"})", "session");
        row(R"({"v":1,"notice":"event_committed"})", "event");
        row(R"({"v":1,"notice":"self_event_committed","user":"u"})", "event");
        row(R"({"v":1,"notice":"membership_changed","user":{"id":"u","username":"n"}})", "room");
        row(R"({"v":1,"notice":"presence_changed","room":"r","user":{"id":"u","username":"n"},"role":"king"})",
            "role");
        row(R"({"v":1,"notice":"presence_changed","room":"r","user":{"id":"u","username":"n"},"role":"none",)"
            R"("online":true,"hub":"0x7"})",
            "hub");
        row(R"({"v":1,"notice":"room_presence","room":"r","present":[7]})", "present");
        row(R"({"v":1,"notice":"room_heads","heads":[{"room":"r","seq":-1}]})", "seq");
    }
    void refusals()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, field);
        const auto read = decode(text);
        QVERIFY(!read);
        QCOMPARE(read.error().field, field);
    }

    /// Nodes of two versions run side by side while one after the other is upgraded.
    void whatALaterVersionSaysIsSkipped_data()
    {
        QTest::addColumn<QByteArray>("text");
        const auto row = [](const char *text) { QTest::newRow(text) << QByteArray(text); };
        row(R"({"v":1,"notice":"of a later version","session":7})");
        row(R"({"v":2,"notice":"session_ended"})");
        row(R"({"v":2,"notice":"of a later version"})");
    }
    void whatALaterVersionSaysIsSkipped()
    {
        QFETCH(QByteArray, text);
        const auto read = decode(text);
        QVERIFY(read);
        QVERIFY(!read->has_value());
    }

    void fieldsOfALaterVersionAreIgnored()
    {
        const auto read =
            decode(R"({"v":1,"notice":"session_ended","session":"s","reason":"r","by":{"id":7}})");
        QVERIFY(read && *read);
        QCOMPARE(std::get<SessionEnded>(**read).sessionId, QStringLiteral("s"));
    }

    void longNoticesAreRefused()
    {
        const auto notice = [](qsizetype bytes) { return SessionEnded{QString(bytes, u'x'), {}}; };
        const auto empty = encode(notice(0));
        QVERIFY(empty);
        const qsizetype room = mostNoticeBytes - empty->size();
        const auto longest = encode(notice(room));
        QVERIFY(longest);
        QVERIFY(decode(*longest));
        const auto longer = encode(notice(room + 1));
        QVERIFY(!longer);
        QCOMPARE(longer.error().code, ErrorCode::PayloadTooLarge);
        const auto read = decode(*longest + ' ');
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::PayloadTooLarge);
    }

    void everyCutIsRefused()
    {
        const QByteArray whole = *encode(MembershipChanged{room(Role::Member), ann()});
        for (qsizetype length = 0; length < whole.size(); ++length)
            QVERIFY(!decode(whole.left(length)));
    }
};

QTEST_GUILESS_MAIN(BusCodecTest)
#include "tst_buscodec.moc"
