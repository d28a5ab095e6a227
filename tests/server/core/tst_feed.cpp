// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/feed.h"
#include "tests/support/roles.h"

#include "common/ids.h"
#include "tests/server/core/corefixture.h"

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;

namespace {

class Sink : public FeedSink
{
public:
    void feedEvent(const Broadcast &broadcast, bool history) override
    {
        (history ? fromLog : live) += 1;
        seqs.append(broadcast.event().seq);
        if (capacity > 0)
            --capacity;
    }
    bool feedHearsMembers() const override { return true; }
    void feedMemberChanged(const MemberChange &change) override { members.append(change.member()); }
    void feedMembersMissed() override { ++membersMissed; }
    void feedLive() override { ++wentLive; }
    void feedEnded(const Error &error) override { ended.append(error.code); }
    bool feedReady() const override { return capacity != 0; }

    QList<qint64> seqs;
    QList<Member> members;
    QList<ErrorCode> ended;
    int fromLog = 0;
    int live = 0;
    int wentLive = 0;
    int membersMissed = 0;
    int capacity = -1; ///< how many events of history it takes; -1: any number
};

QList<qint64> upTo(qint64 last, qint64 first = 1)
{
    QList<qint64> seqs;
    for (qint64 seq = first; seq <= last; ++seq)
        seqs.append(seq);
    return seqs;
}

} // namespace

class FeedTest : public QObject
{
    Q_OBJECT
private:
    static AccountsOptions unlimited()
    {
        AccountsOptions options;
        options.limits.messagesPerSecond = 0;
        options.limits.loginsPerMinute = 0;
        return options;
    }
    /// Stores without publishing, as another node whose fan-out got lost.
    void storeOnly(int count)
    {
        for (int i = 0; i < count; ++i) {
            const auto stored = answerOf<store::Appended>([&](auto *context, auto done) {
                m_core.store->append(
                    {m_room.id, m_ann.user, newId(), QStringLiteral("hidden")}, context, done);
            });
            QVERIFY(stored.ok());
        }
    }

    CoreFixture m_core{unlimited()};
    const Core m_parts = m_core.thread->core();
    Principal m_ann;
    Room m_room;
    int m_rooms = 0;

private Q_SLOTS:
    void initTestCase() { m_ann = m_core.newUser(QStringLiteral("ann")); }
    void init()
    {
        m_room = m_core.openRoom(m_ann, QStringLiteral("room-%1").arg(++m_rooms));
        QVERIFY(!m_room.id.isEmpty());
    }

    void replaysTheLogThenGoesLive_data()
    {
        QTest::addColumn<int>("stored");
        QTest::addColumn<int>("from");
        QTest::newRow("empty room") << 0 << 0;
        QTest::newRow("a few") << 3 << 0;
        QTest::newRow("exactly one page") << 100 << 0;
        QTest::newRow("several pages") << 250 << 0;
        QTest::newRow("from the middle") << 20 << 7;
        QTest::newRow("live only") << 20 << 20;
        QTest::newRow("ahead of the log") << 3 << 50;
    }
    void replaysTheLogThenGoesLive()
    {
        QFETCH(int, stored);
        QFETCH(int, from);
        storeOnly(stored);
        Sink sink;
        Feed feed(m_parts, m_ann.user, m_room, &sink);
        feed.start(from);
        QTRY_COMPARE(sink.wentLive, 1);
        QCOMPARE(sink.seqs, upTo(stored, from + 1));
        QCOMPARE(sink.fromLog, std::max(0, stored - from));
        if (from > stored)
            return;
        QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("now")).ok());
        QTRY_COMPARE(sink.seqs, upTo(stored + 1, from + 1));
        QCOMPARE(sink.live, 1);
    }

    /// What is said between the reading of the room and the registration at the hub is heard by nobody: the
    /// first listener has to look into the log for it.
    void theFirstListenerMissesNothing()
    {
        const Room read = m_room;
        for (int i = 0; i < 3; ++i)
            QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("just now")).ok());
        Sink sink;
        Feed feed(m_parts, m_ann.user, read, &sink);
        feed.start(read.lastSeq);
        QCOMPARE(sink.wentLive, 0);
        QTRY_COMPARE(sink.wentLive, 1);
        QCOMPARE(sink.seqs, upTo(3));
    }

    void whoComesBesideOthersMissesNothing()
    {
        Sink others;
        Feed other(m_parts, m_ann.user, m_room, &others);
        other.start(m_room.lastSeq);
        QTRY_COMPARE(others.wentLive, 1);
        const Room read = m_room;
        for (int i = 0; i < 3; ++i)
            QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("just now")).ok());
        QTRY_COMPARE(others.seqs, upTo(3));
        Sink sink;
        Feed feed(m_parts, m_ann.user, read, &sink);
        feed.start(read.lastSeq);
        QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("now")).ok());
        QTRY_COMPARE(sink.seqs, upTo(4));
        QCOMPARE(sink.wentLive, 1);
    }

    /// Where the room is listened to and nothing new was said, the log is not read: live at once.
    void whoComesBesideOthersIsLiveAtOnce_data()
    {
        QTest::addColumn<bool>("said");
        QTest::newRow("by what the other has read") << false;
        QTest::newRow("by what the other has heard") << true;
    }
    void whoComesBesideOthersIsLiveAtOnce()
    {
        QFETCH(bool, said);
        storeOnly(2);
        Sink others;
        Feed other(m_parts, m_ann.user, m_room, &others);
        if (!said) {
            other.start(2);
            QTRY_COMPARE(others.wentLive, 1);
        } else {
            QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("heard")).ok());
        }
        const qint64 newest = said ? 3 : 2;
        QTRY_COMPARE(m_core.hub->newestSeq(m_room.id), std::optional<qint64>(newest));
        Sink sink;
        Feed feed(m_parts, m_ann.user, m_room, &sink);
        feed.start(newest);
        QCOMPARE(sink.wentLive, 1);
        QVERIFY(feed.isLive());
        QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("now")).ok());
        QTRY_COMPARE(sink.seqs, QList<qint64>{newest + 1});
        QCOMPARE(sink.live, 1);
    }

    /// Nobody has listened for a while: what the hub knew then is not good any more.
    void whatIsKnownGoesWithTheLastListener()
    {
        {
            Sink sink;
            Feed feed(m_parts, m_ann.user, m_room, &sink);
            feed.start(0);
            QTRY_COMPARE(sink.wentLive, 1);
        }
        const Room read = m_room;
        QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("unheard")).ok());
        Sink sink;
        Feed feed(m_parts, m_ann.user, read, &sink);
        feed.start(read.lastSeq);
        QTRY_COMPARE(sink.seqs, upTo(1));
    }

    void aStoppedFeedIsSilentAndOffline()
    {
        storeOnly(5);
        Sink sink;
        Feed feed(m_parts, m_ann.user, m_room, &sink);
        feed.start(0); // the log is being read
        feed.stop();
        QVERIFY(!m_core.hub->isOnlineIn(m_room.id, m_ann.user.id));
        feed.stop();
        Sink others;
        Feed other(m_parts, m_ann.user, m_room, &others);
        other.start(0);
        QTRY_COMPARE(others.seqs, upTo(5)); // asked later
        QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("unheard")).ok());
        QTRY_COMPARE(others.seqs, upTo(6));
        QVERIFY(sink.seqs.isEmpty());
        QCOMPARE(sink.wentLive, 0);
    }

    void socketsShareTheRoom()
    {
        Sink sink;
        Feed first(m_parts, m_ann.user, m_room, &sink);
        Room asMember = m_room;
        asMember.role = Role::Member;
        asMember.lastSeq = 7;
        Feed second(m_parts, m_ann.user, asMember, &sink);
        QCOMPARE(first.sharedRoom().get(), second.sharedRoom().get());
        QCOMPARE(first.room().name, m_room.name);
        QCOMPARE(first.room().epoch, m_room.epoch);
    }

    void aLiveGapHealsItself()
    {
        Sink sink;
        Feed feed(m_parts, m_ann.user, m_room, &sink);
        feed.start(0);
        QTRY_COMPARE(sink.wentLive, 1);
        storeOnly(5);
        QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("after the gap")).ok());
        QTRY_COMPARE(sink.seqs, upTo(6));
        QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("live again")).ok());
        QTRY_COMPARE(sink.seqs, upTo(7));
        QCOMPARE(sink.wentLive, 1);
    }

    void nothingIsLostThatComesDuringTheReplay()
    {
        storeOnly(150);
        Sink sink;
        Feed feed(m_parts, m_ann.user, m_room, &sink);
        feed.start(0);
        for (int i = 0; i < 30; ++i)
            QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("meanwhile")).ok());
        QTRY_COMPARE(sink.seqs, upTo(180));
    }

    void aFullSocketPausesTheReplay()
    {
        storeOnly(130);
        Sink sink;
        sink.capacity = 10;
        Feed feed(m_parts, m_ann.user, m_room, &sink);
        feed.start(0);
        QTRY_COMPARE(sink.seqs, upTo(10));
        QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("meanwhile")).ok());
        QCOMPARE(sink.seqs, upTo(10));
        sink.capacity = 50;
        feed.resume();
        QTRY_COMPARE(sink.seqs, upTo(60));
        sink.capacity = -1;
        feed.resume();
        QTRY_COMPARE(sink.seqs, upTo(131));
        QTRY_COMPARE(sink.wentLive, 1);
    }

    /// THREATS 33.
    void aFullSocketIsToldOfMembersLater()
    {
        const Principal bob = m_core.newUser(QStringLiteral("bob"));
        Sink sink;
        Feed feed(m_parts, m_ann.user, m_room, &sink);
        feed.start(0);
        QTRY_COMPARE(sink.wentLive, 1);
        const auto change = [&](bool member) {
            m_core.hub->noteMembership(test::seenBy(test::memberOrNot(member), m_room), bob.user);
        };
        change(true);
        QCOMPARE(sink.members.size(), 1);
        sink.capacity = 0;
        for (int i = 0; i < 100; ++i)
            change(i % 2 == 0);
        feed.resume();
        QCOMPARE(sink.members.size(), 1);
        QCOMPARE(sink.membersMissed, 0);
        sink.capacity = -1;
        feed.resume();
        QCOMPARE(sink.membersMissed, 1);
        feed.resume();
        change(true);
        QCOMPARE(sink.membersMissed, 1);
        QCOMPARE(sink.members.size(), 2);

        // The same for a socket that is being told of the history.
        init();
        storeOnly(30);
        Sink slow;
        slow.capacity = 10;
        Feed reading(m_parts, m_ann.user, m_room, &slow);
        reading.start(0);
        QTRY_COMPARE(slow.seqs, upTo(10));
        change(false);
        QVERIFY(slow.members.isEmpty());
        slow.capacity = -1;
        reading.resume();
        QTRY_COMPARE(slow.wentLive, 1);
        QCOMPARE(slow.membersMissed, 1);
    }

    void whileItLivesItsUserIsOnline()
    {
        Sink sink;
        {
            Feed feed(m_parts, m_ann.user, m_room, &sink);
            QVERIFY(m_core.hub->isOnlineIn(m_room.id, m_ann.user.id));
        }
        QVERIFY(!m_core.hub->isOnlineIn(m_room.id, m_ann.user.id));
    }

    void anEvictedFeedIsSilent()
    {
        Sink sink;
        Feed feed(m_parts, m_ann.user, m_room, &sink);
        feed.start(0);
        QTRY_COMPARE(sink.wentLive, 1);
        Room asPrivate = m_room;
        asPrivate.kind = RoomKind::Private;
        m_core.hub->noteMembership(test::seenBy(Role::None, asPrivate), m_ann.user);
        QCOMPARE(sink.ended, QList<ErrorCode>{ErrorCode::NotFound});
        QVERIFY(m_core.send(m_ann, m_room, QStringLiteral("unheard")).ok());
        feed.resume();
        QVERIFY(sink.seqs.isEmpty());
    }

    void anUnknownRoomEndsTheFeed()
    {
        Room unknown = m_room;
        unknown.id = newId();
        Sink sink;
        Feed feed(m_parts, m_ann.user, unknown, &sink);
        feed.start(0);
        QTRY_COMPARE(sink.ended, QList<ErrorCode>{ErrorCode::NotFound});
    }
};

QTEST_GUILESS_MAIN(FeedTest)
#include "tst_feed.moc"
