// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/hub.h"
#include "tests/server/core/hublisteners.h"
#include "tests/server/core/membership.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <memory>

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;

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
        test::noteMembership(&hub, test::seenBy(Role::Member, *room()), user("ann"));
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
        test::noteMembership(&hub, test::seenBy(Role::None, *room(kind)), user("bob"), 1);
        QCOMPARE(bobsFirst.evictions, evictions);
        QCOMPARE(bobsSecond.evictions, evictions);
        QCOMPARE(session.memberships, QList<bool>{false});
        QCOMPARE(ann.members.last(), (Member{user("bob"), Role::None, evictions == 0}));
        // The removal itself is the last that the removed one hears.
        hub.publish(message(2));
        QCOMPARE(bobsFirst.heard, evictions ? QList<qint64>{1} : (QList<qint64>{1, 2}));
        QCOMPARE(ann.heard, (QList<qint64>{1, 2}));
    }

    /// A ban is the end in a public room, too, of who was no member as well; sessions are told of memberships
    /// only.
    void whoIsBannedIsEvicted()
    {
        Hub hub;
        Listener visitor(user("bob"));
        Listener ann(user("ann"), true);
        Session session(user("bob"), QStringLiteral("b"));
        hub.addSession(&session);
        for (Listener *listener : {&ann, &visitor})
            hub.addListener(roomId, listener);
        const auto before = std::pair(hub.removals(RoomKind::Public), hub.removals(RoomKind::Private));
        RoomEvent event;
        event.roomId = roomId;
        event.seq = 1;
        event.content = MemberChanged{user("bob"), Role::None, Role::Banned};
        hub.hear(bus::EventCommitted{event, room()});
        hub.publish(message(2));
        QCOMPARE(visitor.evictions, 1);
        QCOMPARE(visitor.heard, QList<qint64>{1});
        QCOMPARE(ann.heard, (QList<qint64>{1, 2}));
        QVERIFY(session.memberships.isEmpty());
        QVERIFY(!hub.isOnlineIn(roomId, user("bob").id));
        QCOMPARE(hub.removals(RoomKind::Public), before.first + 1);
        QCOMPARE(hub.removals(RoomKind::Private), before.second);
        event.seq = 3;
        event.content = MemberChanged{user("ann"), Role::Member, Role::Owner};
        hub.hear(bus::EventCommitted{event, room()});
        QCOMPARE(ann.members.last(), (Member{user("ann"), Role::Owner, true}));
        hub.removeListener(roomId, &ann);
        hub.removeSession(&session);
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
        test::noteMembership(&hub, test::seenBy(Role::Member, *room()), user("cid"));
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
