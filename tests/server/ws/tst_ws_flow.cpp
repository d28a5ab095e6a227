// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/memberslists.h"
#include "server/dialects/native/nativesession.h"
#include "server/dialects/room/roomsession.h"
#include "server/dialects/room/userslists.h"
#include "tests/server/core/corefixture.h"
#include "tests/server/ws/fakesocket.h"
#include "tests/server/ws/visitor.h"
#include "tests/support/roles.h"

#include <QTest>

using namespace rookery;
using namespace rookery::test;
using namespace rookery::ws;

namespace {

QString text(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toString();
}

core::AccountsOptions withoutRates()
{
    core::AccountsOptions options;
    options.limits.loginsPerMinute = 0;
    options.limits.messagesPerSecond = 0;
    return options;
}

const roomframes::Start fromTheBeginning{0};

/// The sessions here are those of the tests' own stacks.
class NoOwner final : public SessionOwner
{
    void sessionFinished(Session *) override { }
    void discard(std::shared_ptr<void> object) override { m_discarded.push_back(std::move(object)); }

    std::vector<std::shared_ptr<void>> m_discarded;
};

} // namespace

/// How sessions treat a reader that is slow, and a client that is fast.
class WsFlowTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void historyLeavesRoomInTheQueue();
    void resumeLeavesRoomInTheQueue();
    void joinsWaitForTheEndOfTheHistory();
    void membersWhoComeBeforeTheAnswerAreToldAfterIt();
    void presenceCutsNobodyOff_data();
    void presenceCutsNobodyOff();
    void leavingWaitsForAnswers();
    void tooMuchTooEarlyIsRefused();
    void manyMessagesAtOnceWait();
    void longNamesAreRefusedWhenRead();
    void namesAreFoundAmongMany();
    void tooManySubscriptionsAreRefused();

private:
    /// Stores `count` messages as long as they may be; answers their number.
    void fill(const Room &room, int count);
    Room newRoom() { return m->openRoom(m_ann, QStringLiteral("room-%1").arg(++m_rooms)); }
    /// Whether all has been queued that does not wait for the reader.
    bool isHeldUp(const FakeSocket &socket) const
    {
        return socket.queuedBytes() > m_limits.outboundBytes / 2;
    }

    const Limits m_limits = withoutRates().limits;
    NoOwner m_owner;
    std::unique_ptr<CoreFixture> m;
    std::unique_ptr<UsersLists> m_usersLists;
    std::unique_ptr<MembersLists> m_membersLists;
    std::unique_ptr<SessionContext> m_context;
    core::Principal m_ann;
    core::Principal m_bob;
    Room m_room;
    int m_rooms = 0;
};

void WsFlowTest::initTestCase()
{
    m = std::make_unique<CoreFixture>(withoutRates());
    m_usersLists = std::make_unique<UsersLists>(m->hub);
    m_membersLists = std::make_unique<MembersLists>(m->thread->core());
    m_context = std::make_unique<SessionContext>(
        SessionContext{m->thread->core(), m_limits, m_usersLists.get(), m_membersLists.get(), &m_owner});
    m_ann = m->newUser(QStringLiteral("ann"));
    m_bob = m->newUser(QStringLiteral("bob"));
    QVERIFY(!m_bob.user.id.isEmpty());
}

void WsFlowTest::init()
{
    m_room = newRoom();
}

void WsFlowTest::fill(const Room &room, int count)
{
    int answered = 0;
    QObject context;
    for (int i = 0; i < count; ++i)
        m->messages->send(m_ann, std::make_shared<const Room>(room),
            {QString(m_limits.messageCharacters, u'ä'), {}}, QStringLiteral("text"), &context,
            [&answered](const Result<core::Sent> &sent) { answered += sent.ok(); });
    QTRY_COMPARE(answered, count);
}

void WsFlowTest::historyLeavesRoomInTheQueue()
{
    constexpr int stored = 150;
    fill(m_room, stored); // 1.2 MB, where 256 KiB may be queued
    FakeSocket socket(m_limits.outboundBytes);
    RoomSession session(*m_context, &socket, m_bob, m_room.name, fromTheBeginning);
    session.start({});

    QTRY_VERIFY(isHeldUp(socket));
    QVERIFY(socket.mostQueued < m_limits.outboundBytes * 3 / 4);
    fill(m_room, 3); // live, while the history waits

    QCOMPARE(text(socket.read(), "type"), QStringLiteral("room_users_list"));
    for (int seq = 1; seq <= stored + 3; ++seq) {
        QTRY_VERIFY2(socket.hasFrames(), qPrintable(QString::number(seq)));
        QCOMPARE(socket.read()[QLatin1String("seq")].toInteger(), seq);
    }
    QVERIFY(socket.mostQueued < m_limits.outboundBytes * 3 / 4);
    QCOMPARE(socket.closeCode, 0);
}

void WsFlowTest::resumeLeavesRoomInTheQueue()
{
    constexpr int rooms = 12;
    constexpr int stored = 20;
    QJsonArray resume;
    for (int i = 0; i < rooms; ++i) {
        const Room room = newRoom();
        fill(room, stored);
        resume.append(QJsonObject{{QStringLiteral("room"), room.id}, {QStringLiteral("epoch"), room.epoch},
            {QStringLiteral("seq"), 0}});
    }
    FakeSocket socket(m_limits.outboundBytes);
    NativeSession session(*m_context, &socket, m_bob);
    session.start({});
    socket.receive({{QStringLiteral("type"), QStringLiteral("hello")}, {QStringLiteral("resume"), resume}});

    QTRY_VERIFY(isHeldUp(socket));
    QVERIFY(socket.mostQueued < m_limits.outboundBytes * 3 / 4);
    QHash<QString, qint64> seqs;
    int events = 0;
    while (events < rooms * stored) {
        QTRY_VERIFY2(socket.hasFrames(), qPrintable(QString::number(events)));
        const QJsonObject frame = socket.read();
        if (text(frame, "type") == QLatin1String("subscribed")) {
            const QString room = text(frame[QLatin1String("room")].toObject(), "id");
            QVERIFY(!seqs.contains(room));
            seqs.insert(room, 0);
        } else if (text(frame, "type") == QLatin1String("event")) {
            const QJsonObject event = frame[QLatin1String("event")].toObject();
            QVERIFY(seqs.contains(text(event, "room"))); // never before `subscribed`
            QCOMPARE(event[QLatin1String("seq")].toInteger(), ++seqs[text(event, "room")]);
            ++events;
        }
    }
    QVERIFY(socket.mostQueued < m_limits.outboundBytes * 3 / 4);
    QCOMPARE(seqs.size(), rooms);
    QCOMPARE(socket.closeCode, 0);
}

void WsFlowTest::joinsWaitForTheEndOfTheHistory()
{
    constexpr int stored = 60;
    fill(m_room, stored);
    FakeSocket socket(m_limits.outboundBytes);
    RoomSession session(*m_context, &socket, m_bob, m_room.name, fromTheBeginning);
    session.start({});
    QTRY_VERIFY(isHeldUp(socket));

    FakeSocket other(m_limits.outboundBytes);
    auto guest = std::make_unique<RoomSession>(*m_context, &other, m_ann, m_room.name, roomframes::Start());
    guest->start({});
    QTRY_VERIFY(other.hasFrames());
    QCOMPARE(other.read()[QLatin1String("users")].toArray().size(), 2);
    guest.reset();

    QCOMPARE(text(socket.read(), "type"), QStringLiteral("room_users_list"));
    for (int seq = 1; seq <= stored; ++seq) {
        QTRY_VERIFY(socket.hasFrames());
        QCOMPARE(socket.read()[QLatin1String("seq")].toInteger(), seq);
    }
    for (const char *type : {"user_join", "user_leave"}) {
        QTRY_VERIFY(socket.hasFrames());
        const QJsonObject frame = socket.read();
        QCOMPARE(text(frame, "type"), QLatin1String(type));
        QCOMPARE(text(frame, "user_id"), m_ann.user.id);
    }
}

void WsFlowTest::membersWhoComeBeforeTheAnswerAreToldAfterIt()
{
    FakeSocket socket(m_limits.outboundBytes);
    NativeSession session(*m_context, &socket, m_bob);
    session.start({});
    socket.receive({{QStringLiteral("type"), QStringLiteral("hello")}});
    QTRY_VERIFY(socket.hasFrames());
    socket.read();

    socket.receive(
        {{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("room"), m_room.id}});
    socket.stall(); // the room is read, the answer waits
    QTRY_VERIFY(m->hub->isOnlineIn(m_room.id, m_bob.user.id));
    FakeSocket other(m_limits.outboundBytes);
    RoomSession ann(*m_context, &other, m_ann, m_room.name, {});
    ann.start({});
    QTRY_VERIFY(m->hub->isOnlineIn(m_room.id, m_ann.user.id));
    QVERIFY(!socket.hasFrames());

    socket.resume();
    QTRY_VERIFY(socket.hasFrames());
    QCOMPARE(text(socket.read(), "type"), QStringLiteral("subscribed"));
    QTRY_VERIFY(socket.hasFrames());
    const QJsonObject member = socket.read();
    QCOMPARE(text(member, "type"), QStringLiteral("member"));
    QCOMPARE(text(member[QLatin1String("user")].toObject(), "id"), m_ann.user.id);
    QCOMPARE(member[QLatin1String("online")], QJsonValue(true));
}

void WsFlowTest::presenceCutsNobodyOff_data()
{
    QTest::addColumn<bool>("native");
    QTest::newRow("/ws/v1") << true;
    QTest::newRow("004") << false;
}

/// THREATS 33: whoever does not read is told later, and as a whole.
void WsFlowTest::presenceCutsNobodyOff()
{
    QFETCH(bool, native);
    FakeSocket socket(m_limits.outboundBytes);
    std::unique_ptr<Session> session;
    if (native)
        session = std::make_unique<NativeSession>(*m_context, &socket, m_bob);
    else
        session = std::make_unique<RoomSession>(*m_context, &socket, m_bob, m_room.name, roomframes::Start());
    session->start({});
    const auto comes = [&socket](const char *type) {
        return QTest::qWaitFor([&] { return text(socket.read(), "type") == QLatin1String(type); });
    };
    if (native) {
        socket.receive({{QStringLiteral("type"), QStringLiteral("hello")}});
        socket.receive(
            {{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("room"), m_room.id}});
    }
    QVERIFY(comes(native ? "subscribed" : "room_users_list"));
    fill(m_room, 1); // the session is live once it has come
    QVERIFY(comes(native ? "event" : "chat_message"));
    const auto comeAndGo = [&](int number) {
        const User user{QStringLiteral("id-%1").arg(number), QStringLiteral("visitor-%1").arg(number)};
        if (native)
            m->hub->noteMembership(test::seenBy(test::memberOrNot(number % 2 == 0), m_room), user);
        Visitor visitor(m->hub, m_room.id, user);
        m->hub->noteMembership(test::seenBy(Role::None, m_room), user); // which tells of the presence, too
    };
    for (int number = 0; number < 4'000; ++number)
        comeAndGo(number);
    QVERIFY2(
        socket.queuedBytes() > m_limits.outboundBytes / 2, qPrintable(QString::number(socket.queuedBytes())));
    QVERIFY2(
        socket.mostQueued < m_limits.outboundBytes * 3 / 4, qPrintable(QString::number(socket.mostQueued)));
    QJsonObject last;
    while (socket.hasFrames())
        last = socket.read();
    if (native) {
        QCOMPARE(text(last, "type"), QStringLiteral("presence"));
        QCOMPARE(last[QLatin1String("missed")], QJsonValue(true));
        QCOMPARE(last[QLatin1String("online")], QJsonValue(1));
    } else {
        QCOMPARE(text(last, "type"), QStringLiteral("room_users_list"));
    }
    QCOMPARE(socket.closeCode, 0);
}

void WsFlowTest::leavingWaitsForAnswers()
{
    FakeSocket socket(m_limits.outboundBytes);
    NativeSession session(*m_context, &socket, m_bob);
    session.start({});
    socket.receive({{QStringLiteral("type"), QStringLiteral("hello")}});
    QTRY_VERIFY(socket.hasFrames());
    socket.read();
    socket.receive(
        {{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("room"), m_room.id}});
    QTRY_VERIFY(socket.hasFrames());
    QCOMPARE(text(socket.read(), "type"), QStringLiteral("subscribed"));

    const auto say = [&](const char *words) {
        socket.receive({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("room"), m_room.id},
            {QStringLiteral("text"), QLatin1String(words)}});
    };
    say("accepted");
    session.leave();
    QCOMPARE(text(socket.read(), "type"), QStringLiteral("going_away"));
    QCOMPARE(socket.closeCode, 0);
    say("too late");

    QTRY_COMPARE(socket.closeCode, quint16(CloseCode::ServiceRestart));
    QStringList types;
    while (socket.hasFrames())
        types.append(text(socket.read(), "type"));
    QCOMPARE(types, QStringList({QStringLiteral("event"), QStringLiteral("ack")}));
}

void WsFlowTest::tooMuchTooEarlyIsRefused()
{
    FakeSocket socket(m_limits.outboundBytes);
    RoomSession session(*m_context, &socket, m_bob, m_room.name, {});
    session.start({});
    for (qsizetype i = 0; i < Inbox::frameBound; ++i)
        socket.receive({{QStringLiteral("message"), QStringLiteral("early")}});
    QCOMPARE(socket.closeCode, 0);
    socket.receive({{QStringLiteral("message"), QStringLiteral("one too many")}});
    QCOMPARE(socket.closeCode, quint16(CloseCode::PolicyViolation));
    QCOMPARE(text(socket.read(), "type"), QStringLiteral("error"));
}

void WsFlowTest::manyMessagesAtOnceWait()
{
    FakeSocket socket(m_limits.outboundBytes);
    NativeSession session(*m_context, &socket, m_bob);
    session.start({});
    socket.receive({{QStringLiteral("type"), QStringLiteral("hello")}});
    QTRY_VERIFY(socket.hasFrames());
    QCOMPARE(text(socket.read(), "type"), QStringLiteral("hello"));

    // Every one needs its room looked up first.
    const int more = int(StepQueue::longFrom + Inbox::frameBound);
    for (int i = 0; i < more; ++i)
        socket.receive({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("ref"), i},
            {QStringLiteral("room"), m_room.id}, {QStringLiteral("text"), QStringLiteral("a")}});
    QVERIFY(!socket.isRead); // since long before: of a socket that is held back less is kept
    for (int i = 0; i < more; ++i) {
        QTRY_VERIFY(socket.hasFrames());
        const QJsonObject ack = socket.read();
        QCOMPARE(text(ack, "type"), QStringLiteral("ack"));
        QCOMPARE(ack[QLatin1String("ref")].toInt(), i);
    }
    QTRY_VERIFY(socket.isRead);
}

/// THREATS 32.
void WsFlowTest::longNamesAreRefusedWhenRead()
{
    FakeSocket socket(m_limits.outboundBytes);
    NativeSession session(*m_context, &socket, m_bob);
    session.start({});
    socket.receive({{QStringLiteral("type"), QStringLiteral("hello")}});
    QTRY_VERIFY(socket.hasFrames());
    socket.read();
    const QString name(60'000, QChar(u'n'));
    for (const char *type : {"subscribe", "unsubscribe", "send"}) {
        socket.receive({{QStringLiteral("type"), QLatin1String(type)}, {QStringLiteral("room"), name},
            {QStringLiteral("text"), QStringLiteral("a")}});
        QVERIFY(socket.hasFrames()); // at once: nothing of it waits in a queue
        const QJsonObject error = socket.read();
        QCOMPARE(text(error, "code"), QStringLiteral("invalid_field"));
        QCOMPARE(text(error, "field"), QStringLiteral("room"));
    }
    socket.receive({{QStringLiteral("type"), QStringLiteral("subscribe")},
        {QStringLiteral("room"), m_room.id}, {QStringLiteral("epoch"), name}, {QStringLiteral("seq"), 0}});
    QVERIFY(socket.hasFrames());
    QCOMPARE(text(socket.read(), "field"), QStringLiteral("epoch"));

    // The points of a hello wait just as long.
    for (const char *field : {"room", "epoch"}) {
        FakeSocket other(m_limits.outboundBytes);
        NativeSession greeting(*m_context, &other, m_bob);
        greeting.start({});
        QJsonObject point{{QStringLiteral("room"), m_room.id}, {QStringLiteral("epoch"), m_room.epoch},
            {QStringLiteral("seq"), 0}};
        point[QLatin1String(field)] = name;
        other.receive({{QStringLiteral("type"), QStringLiteral("hello")},
            {QStringLiteral("resume"), QJsonArray{point}}});
        QVERIFY(other.hasFrames());
        const QJsonObject error = other.read();
        QCOMPARE(text(error, "code"), QStringLiteral("invalid_field"));
        QCOMPARE(text(error, "field"), QLatin1String(field));
    }
}

/// THREATS 31: names are looked up by key, and what is subscribed and unsubscribed meanwhile is known.
void WsFlowTest::namesAreFoundAmongMany()
{
    FakeSocket socket(16 * m_limits.outboundBytes);
    NativeSession session(*m_context, &socket, m_bob);
    session.start({});
    const auto answer = [&socket](const char *type, const QString &room) {
        while (socket.hasFrames())
            socket.read();
        socket.receive({{QStringLiteral("type"), QLatin1String(type)}, {QStringLiteral("room"), room}});
        for (;;) {
            if (!QTest::qWaitFor([&socket] { return socket.hasFrames(); }))
                return QString();
            const QString what = text(socket.read(), "type");
            if (what != QLatin1String("member"))
                return what;
        }
    };
    QCOMPARE(answer("hello", {}), QStringLiteral("hello"));
    QList<Room> rooms;
    for (int i = 0; i < 40; ++i) {
        rooms.append(newRoom());
        if (i == 20) // the names are kept from the first look-up on
            QCOMPARE(answer("unsubscribe", QStringLiteral("nowhere")), QStringLiteral("error"));
        QCOMPARE(answer("subscribe", i % 2 ? rooms[i].id : rooms[i].name), QStringLiteral("subscribed"));
    }
    for (const Room &room : std::as_const(rooms)) {
        QCOMPARE(answer("unsubscribe", room.name.toUpper()), QStringLiteral("unsubscribed"));
        QCOMPARE(answer("unsubscribe", room.name), QStringLiteral("error"));
    }
    QCOMPARE(answer("subscribe", rooms[3].name), QStringLiteral("subscribed"));
    QCOMPARE(answer("unsubscribe", rooms[3].id), QStringLiteral("unsubscribed"));
    QCOMPARE(answer("unsubscribe", rooms[3].name), QStringLiteral("error"));
}

void WsFlowTest::tooManySubscriptionsAreRefused()
{
    FakeSocket socket(m_limits.outboundBytes);
    NativeSession session(*m_context, &socket, m_bob);
    session.start({});
    socket.receive({{QStringLiteral("type"), QStringLiteral("hello")}});
    QTRY_VERIFY(socket.hasFrames());
    socket.read();
    for (int i = 0; i < 1001; ++i)
        socket.receive({{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("ref"), i},
            {QStringLiteral("room"), QStringLiteral("unknown room %1").arg(i)}});
    const QJsonObject error = socket.read();
    QCOMPARE(text(error, "code"), QStringLiteral("invalid_request"));
    QCOMPARE(error[QLatin1String("ref")].toInt(), 1000);
    // The others are answered one by one, and make room for more.
    for (int i = 0; i < 1000; ++i) {
        QTRY_VERIFY(socket.hasFrames());
        QCOMPARE(text(socket.read(), "code"), QStringLiteral("not_found"));
    }
    socket.receive(
        {{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("room"), m_room.id}});
    QTRY_VERIFY(socket.hasFrames());
    QCOMPARE(text(socket.read(), "type"), QStringLiteral("subscribed"));
}

QTEST_GUILESS_MAIN(WsFlowTest)
#include "tst_ws_flow.moc"
