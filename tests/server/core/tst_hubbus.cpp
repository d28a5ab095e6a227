// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/memory/memorybus.h"
#include "tests/server/bus/forwardingbus.h"
#include "tests/server/core/hublisteners.h"
#include "tests/server/core/membership.h"

#include <QTest>

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;

/// What hubs of several threads say to each other over the bus.
class HubBusTest : public QObject
{
    Q_OBJECT
private:
    static bool isOnline(const Listener &listener, const char *name, bool online)
    {
        return !listener.members.isEmpty()
            && listener.members.last() == Member{user(name), Role::None, online};
    }

private Q_SLOTS:
    void presenceIsOneOverAllHubs()
    {
        bus::MemoryBus bus(std::make_shared<threads::Postboxes>());
        Hub here(&bus);
        Hub there(&bus);
        there.watch(roomId);
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
        bus.publish({test::membershipNotice(test::seenBy(Role::Member, *room()), user("cid"))});
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
        bus.publish(
            {test::membershipNotice(test::seenBy(Role::None, *room(RoomKind::Private)), user("bob"))});
        QTRY_COMPARE(bobHere.evictions, 1);
        QTRY_COMPARE(bobThere.evictions, 1);
        QCOMPARE(annThere.evictions, 0);
        QTRY_COMPARE(session.memberships, QList<bool>{false});
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

    /// A thread is not even woken for rooms that nobody there listens to, nor for other people's conversations.
    void onlyWhatConcernsTheHubReachesIt()
    {
        bus::MemoryBus bus(std::make_shared<threads::Postboxes>());
        Hub here(&bus);
        Hub there(&bus);
        QList<qint64> heardThere;
        connect(&there, &Hub::published, this,
            [&](const Broadcast &broadcast) { heardThere.append(broadcast.event().seq); });
        Listener ann(user("ann"));
        Session bob(user("bob"), QStringLiteral("b"));
        here.addListener(roomId, &ann);
        there.addSession(&bob);
        const auto say = [&](qint64 seq, std::shared_ptr<const Room> in) {
            bus.publish({bus::EventCommitted{message(seq).event(), in}});
        };
        say(1, room());
        say(2, room(RoomKind::Direct, {user("ann"), user("bob")}));
        say(3, room(RoomKind::Direct, {user("ann"), user("cid")}));
        QTRY_COMPARE(ann.heard, (QList<qint64>{1, 2, 3}));
        QTRY_COMPARE(bob.heard, QList<qint64>{2});
        QCOMPARE(heardThere, QList<qint64>{2});

        // From the first listener to the last.
        Listener late(user("late"));
        there.addListener(roomId, &late);
        say(4, room());
        QTRY_COMPARE(late.heard, QList<qint64>{4});
        there.removeListener(roomId, &late);
        there.removeSession(&bob);
        say(5, room());
        say(6, room(RoomKind::Direct, {user("ann"), user("bob")}));
        QTRY_COMPARE(ann.heard.size(), 6);
        QCOMPARE(heardThere, (QList<qint64>{2, 4}));
        QVERIFY(there.rooms().isEmpty());
        here.removeListener(roomId, &ann);
    }

    /// The first listener of a thread waits until it is known who is there, and is not told that they came.
    void whoWasThereBeforeIsNoNews()
    {
        bus::MemoryBus bus(std::make_shared<threads::Postboxes>());
        Hub here(&bus);
        Hub there(&bus);
        Listener bob(user("bob"));
        Listener cid(user("cid"));
        there.addListener(roomId, &bob);
        Listener ann(user("ann"));
        here.addListener(roomId, &ann);
        here.addListener(roomId, &cid); // neither is who comes meanwhile, who is in what the first reads
        QList<User> seen;
        int refused = 0;
        here.whenPresenceIsKnown(roomId, this, [&] { seen = here.onlineIn(roomId); });
        {
            QObject gone;
            here.whenPresenceIsKnown(roomId, &gone, [&] { ++refused; });
        }
        QVERIFY(seen.isEmpty());
        QTRY_COMPARE(seen, (QList<User>{user("ann"), user("bob"), user("cid")}));
        QVERIFY(ann.members.isEmpty());
        QCOMPARE(refused, 0);
        bool isAtOnce = false;
        here.whenPresenceIsKnown(roomId, this, [&] { isAtOnce = true; });
        QVERIFY(isAtOnce);

        there.removeListener(roomId, &bob);
        QTRY_VERIFY(isOnline(ann, "bob", false));
        here.removeListener(roomId, &cid);
        here.removeListener(roomId, &ann);
        QTRY_VERIFY(here.rooms().isEmpty());
    }

    /// A room that nobody listens to is watched while somebody asks who is there.
    void presenceElsewhereCanBeAsked()
    {
        bus::MemoryBus bus(std::make_shared<threads::Postboxes>());
        Hub here(&bus);
        Hub there(&bus);
        Listener bob(user("bob"));
        there.addListener(roomId, &bob);
        QStringList forgotten;
        connect(&here, &Hub::roomForgotten, this, [&](const QString &id) { forgotten.append(id); });
        int asked = 0;
        bool isThere = false;
        here.whenPresenceIsKnown(roomId, this, [&] {
            ++asked;
            isThere = here.isOnlineIn(roomId, user("bob").id);
        });
        QTRY_COMPARE(asked, 1);
        QVERIFY(isThere);
        QCOMPARE(forgotten, QStringList{roomId});
        QVERIFY(!here.isOnlineIn(roomId, user("bob").id));
        there.removeListener(roomId, &bob);
    }

    /// A thread or node that stands still does not leave its users online for ever.
    void leasesThatEndTakeTheirUsersOffline()
    {
        std::chrono::milliseconds now{0};
        bus::MemoryBus bus(std::make_shared<threads::Postboxes>(), 20'000, [&] { return now; });
        Hub here(&bus);
        Hub there(&bus);
        Listener ann(user("ann"));
        Listener bob(user("bob"));
        here.addListener(roomId, &ann);
        there.addListener(roomId, &bob);
        QTRY_VERIFY(isOnline(ann, "bob", true));
        for (int i = 0; i < 6; ++i) {
            now += bus::renewInterval;
            bus.renew(&here);
        }
        QTRY_VERIFY(!here.isOnlineIn(roomId, user("bob").id));
        QTRY_VERIFY(isOnline(ann, "bob", false));
        bus.renew(&there);
        QTRY_VERIFY(here.isOnlineIn(roomId, user("bob").id));
        QTRY_VERIFY(isOnline(ann, "bob", true));
        // The whole process was stopped: nobody is taken for dead by whoever wakes up first.
        now += std::chrono::hours(1);
        bus.renew(&here);
        bus.renew(&there);
        bus.renew(&here);
        QCoreApplication::processEvents();
        QVERIFY(here.isOnlineIn(roomId, user("bob").id));
        here.removeListener(roomId, &ann);
        there.removeListener(roomId, &bob);
    }

    /// After a lost connection a bus says anew who is there: only the difference is told.
    void presenceThatIsSaidAnewIsCompared()
    {
        Hub hub;
        Listener ann(user("ann"));
        Listener bob(user("bob"));
        hub.addListener(roomId, &ann);
        hub.addListener(roomId, &bob);
        const auto say = [&](QList<bus::Present> present) {
            hub.hear(bus::RoomPresence{roomId, std::move(present)});
        };
        say({{user("eve"), Role::None, 7}, {user("bob"), Role::None, 7}, {user("cid"), Role::None, 7},
            {user("bob"), Role::None, 8}});
        QCOMPARE(hub.onlineIn(roomId), (QList<User>{user("ann"), user("bob"), user("cid"), user("eve")}));
        say({{user("dan"), Role::None, 7}, {user("cid"), Role::None, 9}});
        QCOMPARE(hub.onlineIn(roomId), (QList<User>{user("ann"), user("bob"), user("cid"), user("dan")}));
        hub.removeListener(roomId, &bob); // was online through this hub only, by now
        QVERIFY(!hub.isOnlineIn(roomId, user("bob").id));
        hub.hear(bus::PresenceChanged{roomId, user("cid"), Role::None, true, 7});
        hub.hear(bus::PresenceChanged{roomId, user("cid"), Role::None, true, 7}); // a second time
        hub.hear(bus::PresenceChanged{roomId, user("cid"), Role::None, false, 7});
        QVERIFY(hub.isOnlineIn(roomId, user("cid").id));
        hub.hear(bus::PresenceChanged{roomId, user("cid"), Role::None, false, 9});
        QVERIFY(!hub.isOnlineIn(roomId, user("cid").id));
        QTRY_COMPARE(ann.members.count((Member{user("dan"), Role::None, true})), 1);
        QCOMPARE(ann.members.count((Member{user("dan"), Role::None, false})), 0);
        hub.removeListener(roomId, &ann);
    }

    /// What the bus says of heads is a hint, of rooms that somebody listens to and that are behind.
    void headsArePassedOnAsHints()
    {
        Hub hub;
        Listener ann(user("ann"));
        hub.addListener(roomId, &ann);
        hub.publish(message(3));
        QList<QStringList> inDoubt;
        connect(&hub, &Hub::headsInDoubt, this, [&](const QStringList &rooms) { inDoubt.append(rooms); });
        const QString elsewhere = QStringLiteral("elsewhere");
        hub.hear(bus::RoomHeads{{{roomId, 3}, {elsewhere, 9}}});
        QVERIFY(inDoubt.isEmpty());
        hub.hear(bus::RoomHeads{{{roomId, 4}, {elsewhere, 9}}});
        QCOMPARE(inDoubt, QList<QStringList>{{roomId}});
        hub.hear(bus::NoticesLost{});
        QCOMPARE(inDoubt, (QList<QStringList>{{roomId}, {}}));
        QVERIFY(hub.isBehind(roomId, 4));
        hub.noteHead(roomId, 4);
        QVERIFY(!hub.isBehind(roomId, 4));
        QCOMPARE(hub.newestSeq(roomId), std::optional<qint64>(4));
        hub.removeListener(roomId, &ann);
    }

    /// In another history the room may end earlier.
    void anotherHistoryBeginsAnew()
    {
        Hub hub;
        Listener ann(user("ann"));
        hub.addListener(roomId, &ann);
        hub.publish(message(3));
        QStringList epochs;
        connect(&hub, &Hub::historyChanged, this, [&](const QString &epoch) { epochs.append(epoch); });
        hub.hear(bus::HistoryChanged{QStringLiteral("another")});
        QCOMPARE(epochs, QStringList{QStringLiteral("another")});
        QCOMPARE(hub.newestSeq(roomId), std::nullopt);
        QVERIFY(hub.isBehind(roomId, 1));
        hub.publish(message(1));
        QCOMPARE(hub.newestSeq(roomId), std::optional<qint64>(1));
        hub.removeListener(roomId, &ann);
    }
};

QTEST_GUILESS_MAIN(HubBusTest)
#include "tst_hubbus.moc"
