#include "server/core/feed.h"

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
    void feedLive(const Room &) override { ++wentLive; }
    void feedEnded(const Room &, const Error &error) override { ended.append(error.code); }
    bool feedReady() const override { return capacity != 0; }

    QList<qint64> seqs;
    QList<Member> members;
    QList<ErrorCode> ended;
    int fromLog = 0;
    int live = 0;
    int wentLive = 0;
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
        Feed feed(m_core.hub, m_core.messages, m_ann, m_room, &sink, nullptr);
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

    void aLiveGapHealsItself()
    {
        Sink sink;
        Feed feed(m_core.hub, m_core.messages, m_ann, m_room, &sink, nullptr);
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
        Feed feed(m_core.hub, m_core.messages, m_ann, m_room, &sink, nullptr);
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
        Feed feed(m_core.hub, m_core.messages, m_ann, m_room, &sink, nullptr);
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

    void whileItLivesItsUserIsOnline()
    {
        Sink sink;
        {
            Feed feed(m_core.hub, m_core.messages, m_ann, m_room, &sink, nullptr);
            QVERIFY(m_core.hub->isOnlineIn(m_room.id, m_ann.user.id));
        }
        QVERIFY(!m_core.hub->isOnlineIn(m_room.id, m_ann.user.id));
    }

    void anEvictedFeedIsSilent()
    {
        Sink sink;
        Feed feed(m_core.hub, m_core.messages, m_ann, m_room, &sink, nullptr);
        feed.start(0);
        QTRY_COMPARE(sink.wentLive, 1);
        Room asPrivate = m_room;
        asPrivate.kind = RoomKind::Private;
        m_core.hub->noteMembership(asPrivate, m_ann.user, false);
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
        Feed feed(m_core.hub, m_core.messages, m_ann, unknown, &sink, nullptr);
        feed.start(0);
        QTRY_COMPARE(sink.ended, QList<ErrorCode>{ErrorCode::NotFound});
    }
};

QTEST_GUILESS_MAIN(FeedTest)
#include "tst_feed.moc"
