// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/hub.h"
#include "tests/support/roles.h"

#include "server/bus/memory/memorybus.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <functional>
#include <memory>

using namespace rookery;
using namespace rookery::core;

namespace {

const QString roomId = QStringLiteral("room");

User user(const char *name)
{
    return {QStringLiteral("id-") + QLatin1String(name), QString::fromUtf8(name)};
}

std::shared_ptr<const Room> room(RoomKind kind = RoomKind::Public, QList<User> peers = {})
{
    Room made;
    made.id = roomId;
    made.kind = kind;
    made.peers = peers;
    return std::make_shared<const Room>(made);
}

Broadcast message(qint64 seq, std::shared_ptr<const Room> in = room())
{
    RoomEvent event;
    event.roomId = roomId;
    event.seq = seq;
    return Broadcast(event, in);
}

class Listener : public RoomListener
{
public:
    explicit Listener(User who, bool isMember_ = false)
        : m_user(std::move(who))
        , m_member(isMember_)
    { }
    const User &user() const override { return m_user; }
    Role role() const override { return test::memberOrNot(m_member); }
    void publish(const Broadcast &broadcast) override
    {
        heard.append(broadcast.event().seq);
        if (onPublish)
            onPublish();
    }
    bool hearsMembers() const override { return true; }
    bool readsMembersLater() const override { return readsLater; }
    void memberChanged(const MemberChange &change) override { members.append(change.member()); }
    void presenceBehind(const PresenceCount &count) override { counts.append(count.online()); }
    void evicted() override { ++evictions; }

    QList<qint64> heard;
    QList<Member> members;
    QList<qint64> counts;
    int evictions = 0;
    bool readsLater = false;
    std::function<void()> onPublish;

private:
    User m_user;
    bool m_member;
};

class Session : public SessionListener
{
public:
    Session(User who, QString id)
        : m_user(std::move(who))
        , m_id(std::move(id))
    { }
    const User &user() const override { return m_user; }
    const QString &sessionId() const override { return m_id; }
    void publishDirect(const Broadcast &broadcast) override { heard.append(broadcast.event().seq); }
    void membershipChanged(const Room &, bool member) override { memberships.append(member); }
    void end(CloseCode code, const QString &) override { ended.append(code); }

    QList<qint64> heard;
    QList<bool> memberships;
    QList<CloseCode> ended;

private:
    User m_user;
    QString m_id;
};

} // namespace

class HubTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void presenceIsToldOncePerUserToEverybodyElse()
    {
        Hub hub;
        Listener ann(user("ann"), true);
        Listener bobsFirst(user("bob"));
        Listener bobsSecond(user("bob"));
        hub.addListener(roomId, &ann);
        QVERIFY(ann.members.isEmpty());
        hub.addListener(roomId, &bobsFirst);
        hub.addListener(roomId, &bobsSecond);
        const Member online{user("bob"), Role::None, true};
        QCOMPARE(ann.members, QList<Member>{online});
        QVERIFY(bobsFirst.members.isEmpty());
        QCOMPARE(hub.onlineIn(roomId).size(), 2);

        hub.removeListener(roomId, &bobsFirst);
        QCOMPARE(ann.members.size(), 1);
        hub.removeListener(roomId, &bobsSecond);
        const Member offline{user("bob"), Role::None, false};
        QVERIFY(!hub.isOnlineIn(roomId, user("bob").id));
        QTRY_COMPARE(ann.members, (QList<Member>{online, offline}));
        hub.removeListener(roomId, &bobsSecond);
        QCOMPARE(ann.members.size(), 2);
    }

    /// THREATS 33.
    void whoComesAndGoesAllTheTimeIsToldOnceASecond()
    {
        Hub hub;
        Listener ann(user("ann"), true);
        hub.addListener(roomId, &ann);
        Listener bob(user("bob"));
        QElapsedTimer clock;
        clock.start();
        for (int round = 0; round < 1000; ++round) {
            hub.addListener(roomId, &bob);
            if (round % 100 == 0)
                QCoreApplication::processEvents();
            hub.removeListener(roomId, &bob);
        }
        hub.addListener(roomId, &bob);
        const Member online{user("bob"), Role::None, true};
        QCOMPARE(ann.members.first(), online); // the first time at once
        // A second listener knows already what is there, and hears of no one who has not moved since.
        Listener cid(user("cid"));
        hub.addListener(roomId, &cid);
        QTRY_VERIFY(ann.members.contains((Member{user("cid"), Role::None, true})));
        QVERIFY2(ann.members.size() <= 3 + 2 * clock.elapsed() / 1000,
            qPrintable(QString::number(ann.members.size())));
        QVERIFY(cid.members.isEmpty());
        hub.removeListener(roomId, &bob);
        const Member offline{user("bob"), Role::None, false};
        QTRY_COMPARE(cid.members, QList<Member>{offline});
        QTRY_COMPARE(ann.members.last(), offline);
        for (Listener *listener : {&ann, &cid})
            hub.removeListener(roomId, listener);
    }

    /// THREATS 33: as many as come in a second, the bytes about them are bounded, and nobody is forgotten.
    void aCrowdIsToldBitByBit()
    {
        Hub hub;
        Listener ann(user("ann"), true);
        hub.addListener(roomId, &ann);
        std::vector<std::unique_ptr<Listener>> crowd;
        const int count = 250;
        for (int i = 0; i < count; ++i) {
            crowd.push_back(std::make_unique<Listener>(user(qPrintable(QStringLiteral("one%1").arg(i)))));
            hub.addListener(roomId, crowd.back().get());
        }
        QCOMPARE(ann.members.size(), 1);
        QTRY_VERIFY(ann.members.size() > 1);
        QVERIFY2(ann.members.size() < 110, qPrintable(QString::number(ann.members.size())));
        QCOMPARE(ann.counts, QList<qint64>{count + 1});
        QTRY_COMPARE_WITH_TIMEOUT(ann.members.size(), count, 30'000);
        QCOMPARE(ann.counts.size(), 2);
        for (const auto &one : crowd)
            hub.removeListener(roomId, one.get());
        QTRY_COMPARE_WITH_TIMEOUT(ann.members.size(), 2 * count, 30'000);
        hub.removeListener(roomId, &ann);
    }

    /// Whoever has seen the room while a change was waiting is told what is new to them, and no more.
    void newListenersHearWhatIsNewToThem()
    {
        Hub hub;
        Listener ann(user("ann"), true);
        Listener bob(user("bob"));
        Listener eve(user("eve"));
        hub.addListener(roomId, &ann);
        hub.addListener(roomId, &eve); // told at once; what follows waits
        hub.addListener(roomId, &bob);
        Listener cid(user("cid")); // sees ann, bob and eve
        hub.addListener(roomId, &cid);
        hub.removeListener(roomId, &bob); // nothing has happened, for ann
        hub.removeListener(roomId, &eve);
        QTRY_COMPARE(ann.members.size(), 3);
        QCOMPARE(ann.members[0], (Member{user("eve"), Role::None, true}));
        QVERIFY(ann.members.contains((Member{user("cid"), Role::None, true})));
        QCOMPARE(ann.members.count((Member{user("eve"), Role::None, false})), 1);
        QCOMPARE(cid.members.size(), 2);
        QVERIFY(cid.members.contains((Member{user("bob"), Role::None, false})));
        QVERIFY(cid.members.contains((Member{user("eve"), Role::None, false})));
        for (Listener *listener : {&ann, &cid})
            hub.removeListener(roomId, listener);
    }

    /// Whoever reads the list of members between a user's going and coming back is told of the return.
    void whoReadsTheMembersLaterHearsOfEveryChange()
    {
        Hub hub;
        Listener ann(user("ann"), true);
        Listener bob(user("bob"));
        Listener eve(user("eve"));
        Listener late(user("late"));
        late.readsLater = true;
        for (Listener *listener : {&ann, &bob, &eve}) // eve waits to be told
            hub.addListener(roomId, listener);
        hub.addListener(roomId, &late);
        hub.removeListener(roomId, &bob);
        QVERIFY(!hub.isOnlineIn(roomId, user("bob").id)); // as `late` reads it now
        hub.addListener(roomId, &bob);
        QTRY_VERIFY(late.members.contains((Member{user("bob"), Role::None, true})));
        QCOMPARE(ann.members.count((Member{user("bob"), Role::None, true})), 1); // and hears nothing new
        for (Listener *listener : {&ann, &bob, &eve, &late})
            hub.removeListener(roomId, listener);
    }

    void onlineOnesArePaged()
    {
        Hub hub;
        std::vector<std::unique_ptr<Listener>> crowd;
        for (int i = 0; i < 10; ++i) {
            crowd.push_back(
                std::make_unique<Listener>(user(qPrintable(QStringLiteral("one%1").arg(i * 7 % 10)))));
            hub.addListener(roomId, crowd.back().get());
        }
        QStringList found;
        QString after;
        for (QList<Member> page; !(page = hub.onlineIn(roomId, after, 3)).isEmpty();
             after = page.last().user.id) {
            QVERIFY(page.size() <= 3);
            for (const Member &member : std::as_const(page))
                found.append(member.user.name);
        }
        QCOMPARE(found.size(), 10);
        QVERIFY(std::is_sorted(found.cbegin(), found.cend()));
        QCOMPARE(hub.onlineCount(roomId), 10);
        QVERIFY(hub.onlineIn(QStringLiteral("elsewhere"), {}, 3).isEmpty());
        for (const auto &one : crowd)
            hub.removeListener(roomId, one.get());
    }

    void sessionsOfOneUserComeAndGoInAnyOrder()
    {
        Hub hub;
        Session first(user("ann"), QStringLiteral("s1"));
        Session second(user("ann"), QStringLiteral("s2"));
        Session third(user("ann"), QStringLiteral("s3"));
        Session stranger(user("bob"), QStringLiteral("s4"));
        hub.removeSession(&first); // never added
        for (Session *session : {&first, &second, &third, &stranger})
            hub.addSession(session);
        hub.removeSession(&second);
        hub.removeSession(&second);
        QCOMPARE(hub.sessionCount(), 3);
        hub.noteMembership(test::seenBy(Role::Member, *room()), user("ann"));
        QCOMPARE(first.memberships.size(), 1);
        QVERIFY(second.memberships.isEmpty());
        QCOMPARE(third.memberships.size(), 1);
        QVERIFY(stranger.memberships.isEmpty());
        hub.removeSession(&third);
        hub.removeSession(&first);
        hub.removeSession(&stranger);
        QCOMPARE(hub.sessionCount(), 0);
        hub.addSession(&second);
        hub.endSession(QStringLiteral("s2"), {});
        QCOMPARE(second.ended.size(), 1);
        hub.removeSession(&second);
    }

    void newestSeqIsKnownWhileSomebodyListens()
    {
        Hub hub;
        hub.publish(message(3));
        QCOMPARE(hub.newestSeq(roomId), std::nullopt);
        {
            Listener ann(user("ann"));
            hub.addListener(roomId, &ann);
            QCOMPARE(hub.newestSeq(roomId), std::nullopt);
            hub.noteNewest(roomId, 3);
            QCOMPARE(hub.newestSeq(roomId), std::optional<qint64>(3));
            hub.publish(message(5));
            hub.noteNewest(roomId, 4); // was read before, and comes late
            QCOMPARE(hub.newestSeq(roomId), std::optional<qint64>(5));
            hub.removeListener(roomId, &ann);
        }
        QCOMPARE(hub.newestSeq(roomId), std::nullopt);
    }

    void listenersMayComeAndGoDuringADispatch()
    {
        Hub hub;
        Listener ann(user("ann"));
        Listener bob(user("bob"));
        Listener late(user("late"));
        ann.onPublish = [&] {
            hub.removeListener(roomId, &bob);
            hub.removeListener(roomId, &ann);
            hub.addListener(roomId, &late);
        };
        hub.addListener(roomId, &ann);
        hub.addListener(roomId, &bob);
        hub.publish(message(1));
        QCOMPARE(ann.heard, QList<qint64>{1});
        QVERIFY(bob.heard.isEmpty());
        QVERIFY(late.heard.isEmpty());
        hub.publish(message(2));
        QCOMPARE(ann.heard, QList<qint64>{1});
        QCOMPARE(late.heard, QList<qint64>{2});
    }

    void theLastListenerMayGoDuringADispatch()
    {
        Hub hub;
        Listener ann(user("ann"));
        ann.onPublish = [&] { hub.removeListener(roomId, &ann); };
        hub.addListener(roomId, &ann);
        hub.publish(message(1));
        hub.publish(message(2));
        QCOMPARE(ann.heard, QList<qint64>{1});
        QVERIFY(hub.onlineIn(roomId).isEmpty());
    }

    void aDirectMessageReachesEverySessionOfBoth()
    {
        Hub hub;
        Session ann(user("ann"), QStringLiteral("a"));
        Session bobsFirst(user("bob"), QStringLiteral("b1"));
        Session bobsSecond(user("bob"), QStringLiteral("b2"));
        Session eve(user("eve"), QStringLiteral("e"));
        for (Session *session : {&ann, &bobsFirst, &bobsSecond, &eve})
            hub.addSession(session);
        hub.publish(message(7, room(RoomKind::Direct, {user("ann"), user("bob")})));
        for (Session *session : {&ann, &bobsFirst, &bobsSecond})
            QCOMPARE(session->heard, QList<qint64>{7});
        QVERIFY(eve.heard.isEmpty());
        // A note to oneself comes once.
        hub.publish(message(8, room(RoomKind::Direct, {user("ann")})));
        QCOMPARE(ann.heard, (QList<qint64>{7, 8}));
    }

    void onlyTheRevokedSessionEnds()
    {
        Hub hub;
        Session first(user("bob"), QStringLiteral("b1"));
        Session second(user("bob"), QStringLiteral("b2"));
        hub.addSession(&first);
        hub.addSession(&second);
        hub.endSession(QStringLiteral("b1"), {});
        QCOMPARE(first.ended, QList<CloseCode>{CloseCode::Unauthorized});
        QVERIFY(second.ended.isEmpty());
    }

    void whoLeavesAPrivateRoomIsEvicted_data()
    {
        QTest::addColumn<RoomKind>("kind");
        QTest::addColumn<int>("evictions");
        QTest::newRow("private") << RoomKind::Private << 1;
        QTest::newRow("public") << RoomKind::Public << 0;
    }
    void whoLeavesAPrivateRoomIsEvicted()
    {
        QFETCH(RoomKind, kind);
        QFETCH(int, evictions);
        Hub hub;
        Listener ann(user("ann"), true);
        Listener bobsFirst(user("bob"), true);
        Listener bobsSecond(user("bob"), true);
        Session session(user("bob"), QStringLiteral("b"));
        hub.addSession(&session);
        for (Listener *listener : {&ann, &bobsFirst, &bobsSecond})
            hub.addListener(roomId, listener);
        ann.members.clear();
        hub.noteMembership(test::seenBy(Role::None, *room(kind)), user("bob"));
        QCOMPARE(bobsFirst.evictions, evictions);
        QCOMPARE(bobsSecond.evictions, evictions);
        QCOMPARE(session.memberships, QList<bool>{false});
        QCOMPARE(ann.members.last(), (Member{user("bob"), Role::None, evictions == 0}));
        hub.publish(message(1));
        QCOMPARE(bobsFirst.heard.size(), evictions ? 0 : 1);
        QCOMPARE(ann.heard, QList<qint64>{1});
    }

    void presenceIsOneOverAllHubs()
    {
        bus::MemoryBus bus(std::make_shared<threads::Postboxes>());
        Hub here(&bus);
        Hub there(&bus);
        Listener ann(user("ann"), true);
        Listener bobHere(user("bob"));
        Listener bobThere(user("bob"));
        const Member online{user("bob"), Role::None, true};
        const Member offline{user("bob"), Role::None, false};
        here.addListener(roomId, &ann);
        QTRY_VERIFY(there.isOnlineIn(roomId, user("ann").id));

        there.addListener(roomId, &bobThere);
        QTRY_COMPARE(ann.members, QList<Member>{online});
        QCOMPARE(here.onlineIn(roomId).size(), 2);
        here.addListener(roomId, &bobHere);
        there.removeListener(roomId, &bobThere);
        // Behind it on the same way: what ann hears next comes after it.
        there.noteMembership(test::seenBy(Role::Member, *room()), user("cid"));
        QTRY_COMPARE(ann.members.size(), 2);
        QCOMPARE(ann.members.last(), (Member{user("cid"), Role::Member, false}));
        QVERIFY(here.isOnlineIn(roomId, user("bob").id));
        QTRY_VERIFY(there.isOnlineIn(roomId, user("bob").id));

        here.removeListener(roomId, &bobHere);
        QTRY_COMPARE(ann.members.last(), offline);
        QTRY_VERIFY(!there.isOnlineIn(roomId, user("bob").id));
        here.removeListener(roomId, &ann);
        QTRY_VERIFY(there.onlineIn(roomId).isEmpty());
    }

    void whoLeavesIsEvictedOnEveryHub()
    {
        bus::MemoryBus bus(std::make_shared<threads::Postboxes>());
        Hub here(&bus);
        Hub there(&bus);
        Listener bobHere(user("bob"), true);
        Listener bobThere(user("bob"), true);
        Listener annThere(user("ann"), true);
        Session session(user("bob"), QStringLiteral("b"));
        here.addListener(roomId, &bobHere);
        there.addListener(roomId, &bobThere);
        there.addListener(roomId, &annThere);
        there.addSession(&session);
        here.noteMembership(test::seenBy(Role::None, *room(RoomKind::Private)), user("bob"));
        QCOMPARE(bobHere.evictions, 1);
        QTRY_COMPARE(bobThere.evictions, 1);
        QCOMPARE(annThere.evictions, 0);
        QCOMPARE(session.memberships, QList<bool>{false});
        QTRY_VERIFY(!here.isOnlineIn(roomId, user("bob").id));
        QVERIFY(!there.isOnlineIn(roomId, user("bob").id));
    }

    void eventsAndEndedSessionsReachEveryHub()
    {
        bus::MemoryBus bus(std::make_shared<threads::Postboxes>());
        Hub here(&bus);
        Hub there(&bus);
        Listener ann(user("ann"));
        Listener bob(user("bob"));
        here.addListener(roomId, &ann);
        there.addListener(roomId, &bob);
        std::vector<bus::Notice> notices;
        for (qint64 seq = 1; seq <= 3; ++seq)
            notices.push_back(bus::EventCommitted{message(seq).event(), room()});
        bus.publish(std::move(notices));
        QTRY_COMPARE(ann.heard, (QList<qint64>{1, 2, 3}));
        QTRY_COMPARE(bob.heard, (QList<qint64>{1, 2, 3}));

        Session first(user("bob"), QStringLiteral("same"));
        Session second(user("bob"), QStringLiteral("same"));
        here.addSession(&first);
        there.addSession(&second);
        here.endSession(QStringLiteral("same"), {});
        QCOMPARE(first.ended, QList<CloseCode>{CloseCode::Unauthorized});
        QTRY_COMPARE(second.ended, QList<CloseCode>{CloseCode::Unauthorized});
    }

    void onlyWhoWantsToHearsOfMembers()
    {
        struct Deaf : Listener
        {
            using Listener::Listener;
            bool hearsMembers() const override { return false; }
        };
        Hub hub;
        Deaf ann(user("ann"));
        Listener bob(user("bob"));
        hub.addListener(roomId, &ann);
        hub.addListener(roomId, &bob);
        int told = 0;
        connect(&hub, &Hub::memberChanged, this, [&](const MemberChange &) { ++told; });
        hub.noteMembership(test::seenBy(Role::Member, *room()), user("cid"));
        QVERIFY(ann.members.isEmpty());
        QCOMPARE(bob.members.size(), 1);
        QCOMPARE(told, 1);
        hub.removeListener(roomId, &ann);
        QCOMPARE(bob.members.size(), 2);
    }

    void aFrameIsEncodedOncePerEncoder()
    {
        static int encodings = 0;
        encodings = 0;
        const Broadcast broadcast = message(3);
        const auto encoder = [](const Broadcast &b) {
            ++encodings;
            return QByteArray::number(b.event().seq);
        };
        QCOMPARE(broadcast.frame(encoder), QByteArray("3"));
        QCOMPARE(broadcast.frame(encoder), QByteArray("3"));
        QCOMPARE(encodings, 1);
        QCOMPARE(broadcast.frame([](const Broadcast &) { return QByteArray("other"); }), QByteArray("other"));
    }
};

QTEST_GUILESS_MAIN(HubTest)
#include "tst_hub.moc"
