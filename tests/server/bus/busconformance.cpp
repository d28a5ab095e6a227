// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/bus/busconformance.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>

namespace bustest {

using namespace rookery::bus;

/// A subscriber that keeps what it hears.
class Hub : public QObject
{
public:
    explicit Hub(Bus *carrier)
        : bus(carrier)
    {
        bus->subscribe(this, [this](const Notice &notice) {
            heard.push_back(notice);
            if (onHeard)
                onHeard();
        });
    }
    ~Hub() override { bus->unsubscribe(this); }

    template <typename Kind>
    std::vector<Kind> all() const
    {
        std::vector<Kind> found;
        for (const Notice &notice : heard) {
            if (const auto *kind = std::get_if<Kind>(&notice))
                found.push_back(*kind);
        }
        return found;
    }
    QList<qint64> seqsOf(const QString &roomId) const
    {
        QList<qint64> seqs;
        for (const EventCommitted &notice : all<EventCommitted>()) {
            if (notice.event.roomId == roomId)
                seqs.append(notice.event.seq);
        }
        return seqs;
    }
    bool knows(const QString &sessionId) const
    {
        return std::ranges::any_of(
            all<SessionEnded>(), [&](const SessionEnded &ended) { return ended.sessionId == sessionId; });
    }
    /// Who is present in the room as far as this hub has heard: by user, through how many hubs.
    std::map<QString, std::map<HubId, Role>> presentIn(const QString &roomId) const
    {
        std::map<QString, std::map<HubId, Role>> present;
        for (const Notice &notice : heard) {
            if (const auto *answer = std::get_if<RoomPresence>(&notice); answer && answer->roomId == roomId) {
                present.clear();
                for (const Present &one : answer->present)
                    present[one.user.id][one.hub] = one.role;
            }
            const auto *change = std::get_if<PresenceChanged>(&notice);
            if (!change || change->roomId != roomId)
                continue;
            if (change->online)
                present[change->user.id][change->hub] = change->role;
            else if (present[change->user.id].erase(change->hub); present[change->user.id].empty())
                present.erase(change->user.id);
        }
        return present;
    }

    Bus *const bus;
    std::vector<Notice> heard;
    std::function<void()> onHeard;
};

namespace {

const QString den = QStringLiteral("den");
const QString nest = QStringLiteral("nest");

User user(const QString &name)
{
    return {QStringLiteral("id-") + name, name, false};
}
const User ann = user(QStringLiteral("ann"));
const User bob = user(QStringLiteral("bob"));

Room room(const QString &id, RoomKind kind = RoomKind::Public, QList<User> peers = {})
{
    Room made;
    made.id = id;
    made.kind = kind;
    made.epoch = QStringLiteral("epoch");
    made.peers = std::move(peers);
    return made;
}

Notice committed(const Room &in, qint64 seq, EventContent content = Posted{QStringLiteral("text")})
{
    RoomEvent event;
    event.roomId = in.id;
    event.seq = seq;
    event.id = QStringLiteral("event-%1").arg(seq);
    event.sender = ann;
    event.clientId = QStringLiteral("client-%1").arg(seq);
    event.timestamp = utcTime(1'000'000 + seq);
    event.content = std::move(content);
    return EventCommitted{event, std::make_shared<const Room>(in)};
}

QList<qint64> upTo(qint64 last)
{
    QList<qint64> seqs;
    for (qint64 seq = 1; seq <= last; ++seq)
        seqs.append(seq);
    return seqs;
}

} // namespace

BusConformance::BusConformance(Factory factory)
    : m_factory(std::move(factory))
{ }

BusConformance::~BusConformance() = default;

void BusConformance::init()
{
    m_world = m_factory();
    m_one = std::make_unique<Hub>(m_world->bus(0));
    m_two = std::make_unique<Hub>(m_world->bus(1));
    settle();
}

void BusConformance::cleanup()
{
    m_one.reset();
    m_two.reset();
    m_world.reset();
}

void BusConformance::settle()
{
    // Through each node: what one thread publishes at one node keeps its order only on its own way.
    for (int node = 0; node < 2; ++node) {
        const QString mark = QStringLiteral("mark-%1").arg(++m_marks);
        m_world->bus(node)->publish({SessionEnded{mark, {}}});
        for (const Hub *hub : {m_one.get(), m_two.get()})
            QTRY_VERIFY(!hub || hub->knows(mark));
    }
}

void BusConformance::pass(std::chrono::milliseconds time, std::initializer_list<Hub *> renewing)
{
    for (std::chrono::milliseconds passed{0}; passed < time; passed += renewInterval) {
        m_world->pass(renewInterval);
        for (Hub *hub : renewing)
            hub->bus->renew(hub);
    }
}

void BusConformance::aRoomIsHeardByWhoIsInterestedInIt()
{
    m_one->bus->listen(m_one.get(), den);
    m_two->bus->listen(m_two.get(), nest);
    m_world->bus(0)->publish({committed(room(den), 1), committed(room(nest), 1), committed(room(den), 2)});
    m_world->bus(1)->publish({MembershipChanged{room(den), bob}});
    settle();
    QCOMPARE(m_one->seqsOf(den), upTo(2));
    QCOMPARE(m_one->all<MembershipChanged>().size(), 1U);
    QCOMPARE(m_two->seqsOf(nest), upTo(1));
    // It may hear more, but on one machine it does not, nor is it woken for that.
    QVERIFY(m_one->seqsOf(nest).isEmpty());
    QVERIFY(m_two->seqsOf(den).isEmpty());
}

void BusConformance::interestIsCounted()
{
    Bus *bus = m_one->bus;
    bus->listen(m_one.get(), den);
    bus->listen(m_one.get(), den);
    bus->ignore(m_one.get(), den);
    bus->ignore(m_one.get(), nest); // that it was never interested in
    bus->listenToUser(m_one.get(), bob.id);
    bus->listenToUser(m_one.get(), bob.id);
    bus->ignoreUser(m_one.get(), bob.id);
    bus->ignoreUser(m_one.get(), ann.id);
    m_world->bus(1)->publish({committed(room(den), 1), MembershipChanged{room(nest), bob}});
    settle();
    QCOMPARE(m_one->seqsOf(den), upTo(1));
    QCOMPARE(m_one->all<MembershipChanged>().size(), 1U);

    bus->ignore(m_one.get(), den);
    bus->ignoreUser(m_one.get(), bob.id);
    m_world->bus(1)->publish({committed(room(den), 2), MembershipChanged{room(nest), bob}});
    settle();
    QCOMPARE(m_one->seqsOf(den), upTo(1));
    QCOMPARE(m_one->all<MembershipChanged>().size(), 1U);
}

void BusConformance::usersAreHeardByWhoIsInterestedInThem()
{
    m_one->bus->listenToUser(m_one.get(), bob.id);
    const Invitation invitation{den, QStringLiteral("den"), ann, utcTime(0)};
    const Room direct = room(nest, RoomKind::Direct, {ann, bob});
    m_world->bus(1)->publish({InvitationChanged{invitation, bob, true}, committed(direct, 1),
        committed(room(den), 1, MemberChanged{bob, Role::None, Role::Member}), committed(room(den), 2),
        InvitationChanged{invitation, ann, true}});
    settle();
    QCOMPARE(m_one->all<InvitationChanged>().size(), 1U);
    QCOMPARE(m_one->seqsOf(nest), upTo(1));
    QCOMPARE(m_one->seqsOf(den), upTo(1));
    QVERIFY(m_two->all<InvitationChanged>().empty());
    QVERIFY(m_two->all<EventCommitted>().empty());
}

/// A thread without a listener may be about to answer what the user may not read any more.
void BusConformance::removalsAreHeardByEverybody()
{
    m_world->bus(0)->publish(
        {committed(room(den, RoomKind::Private), 1, MemberChanged{bob, Role::Member, Role::None}),
            committed(room(nest), 1, MemberChanged{bob, Role::None, Role::Banned}),
            committed(room(nest), 2, MemberChanged{ann, Role::Member, Role::None})});
    settle();
    for (const Hub *hub : {m_one.get(), m_two.get()}) {
        QCOMPARE(hub->seqsOf(den), upTo(1));
        QCOMPARE(hub->seqsOf(nest), upTo(1));
    }
}

void BusConformance::endedSessionsAreHeardByEverybody()
{
    m_world->bus(0)->publish({SessionEnded{QStringLiteral("s"), QStringLiteral("why")}});
    for (const Hub *hub : {m_one.get(), m_two.get()}) {
        QTRY_VERIFY(hub->knows(QStringLiteral("s")));
        QCOMPARE(hub->all<SessionEnded>().back().reason, QStringLiteral("why"));
    }
}

void BusConformance::theSayerDoesNotHearItself()
{
    m_one->bus->publish({SessionEnded{QStringLiteral("said"), {}}}, m_one.get());
    QTRY_VERIFY(m_two->knows(QStringLiteral("said")));
    settle();
    QVERIFY(!m_one->knows(QStringLiteral("said")));
}

void BusConformance::nothingIsHeardAfterUnsubscribing()
{
    m_one->onHeard = [this] { m_one->bus->unsubscribe(m_one.get()); };
    const size_t before = m_one->heard.size();
    m_world->bus(1)->publish({SessionEnded{QStringLiteral("a"), {}}, SessionEnded{QStringLiteral("b"), {}}});
    m_world->bus(1)->publish({SessionEnded{QStringLiteral("c"), {}}});
    QTRY_VERIFY(m_two->knows(QStringLiteral("c")));
    QTRY_COMPARE(m_one->heard.size(), before + 1);
    m_one.reset();
    settle();
}

void BusConformance::eventsOfARoomKeepTheirOrder()
{
    static constexpr int writers = 4;
    static constexpr int each = 500;
    for (int writer = 0; writer < writers; ++writer) {
        for (Hub *hub : {m_one.get(), m_two.get()})
            hub->bus->listen(hub, QString::number(writer));
    }
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer) {
        threads.emplace_back([bus = m_world->bus(writer % 2), writer] {
            const Room in = room(QString::number(writer));
            for (qint64 seq = 1; seq <= each; seq += 2)
                bus->publish({committed(in, seq), committed(in, seq + 1)});
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    for (const Hub *hub : {m_one.get(), m_two.get()}) {
        for (int writer = 0; writer < writers; ++writer)
            QTRY_COMPARE(hub->seqsOf(QString::number(writer)), upTo(each));
    }
}

void BusConformance::whoDeclaresInterestBeforeReadingMissesNothing()
{
    static constexpr int rooms = 50;
    static constexpr qint64 each = 40;
    std::array<std::atomic<qint64>, rooms> heads{}; // the store's
    std::thread writer([&, bus = m_world->bus(1)] {
        for (int number = 0; number < rooms; ++number) {
            const Room in = room(QString::number(number));
            for (qint64 seq = 1; seq <= each; ++seq) {
                heads[size_t(number)] = seq;
                bus->publish({committed(in, seq)});
            }
        }
    });
    std::array<qint64, rooms> read{};
    for (int number = 0; number < rooms; ++number) {
        // Somewhere among the events of this room, mostly.
        const qint64 from = number % each;
        while (heads[size_t(number)] < from)
            std::this_thread::yield();
        m_one->bus->listen(m_one.get(), QString::number(number));
        read[size_t(number)] = heads[size_t(number)];
    }
    writer.join();
    settle();
    for (int number = 0; number < rooms; ++number) {
        const QList<qint64> heard = m_one->seqsOf(QString::number(number));
        for (qint64 seq = read[size_t(number)] + 1; seq <= each; ++seq)
            QVERIFY2(heard.contains(seq), qPrintable(QStringLiteral("%1 of room %2").arg(seq).arg(number)));
    }
}

void BusConformance::presenceIsAnsweredThenChanges()
{
    m_one->bus->enter(m_one.get(), den, ann, Role::Owner);
    m_one->bus->enter(m_one.get(), nest, bob, Role::None);
    settle();
    m_two->bus->listen(m_two.get(), den);
    QTRY_COMPARE(m_two->all<RoomPresence>().size(), 1U);
    const RoomPresence answer = m_two->all<RoomPresence>().front();
    QCOMPARE(answer.roomId, den);
    QCOMPARE(answer.present.size(), 1);
    QCOMPARE(answer.present.front().user, ann);
    QCOMPARE(answer.present.front().role, Role::Owner);
    QVERIFY(answer.present.front().hub != 0);

    m_one->bus->enter(m_one.get(), den, bob, Role::None);
    m_one->bus->enter(m_one.get(), den, bob, Role::None); // nothing new
    m_one->bus->leave(m_one.get(), den, ann.id);
    m_one->bus->leave(m_one.get(), den, ann.id);
    QTRY_COMPARE(m_two->all<PresenceChanged>().size(), 2U);
    settle();
    QCOMPARE(m_two->all<PresenceChanged>().size(), 2U);
    const auto present = m_two->presentIn(den);
    QCOMPARE(present.size(), 1U);
    QVERIFY(present.contains(bob.id));
    // Who is not interested hears nothing, and nobody is told of themselves.
    QVERIFY(m_one->all<PresenceChanged>().empty());
    m_one->bus->listen(m_one.get(), den);
    QTRY_COMPARE(m_one->all<RoomPresence>().size(), 1U);
    QVERIFY(m_one->all<RoomPresence>().front().present.isEmpty());
}

void BusConformance::presenceIsOfEachHub()
{
    Hub third(m_world->bus(0));
    third.bus->listen(&third, den);
    m_one->bus->enter(m_one.get(), den, ann, Role::None);
    m_two->bus->enter(m_two.get(), den, ann, Role::None);
    QTRY_COMPARE(third.presentIn(den)[ann.id].size(), 2U);
    m_one->bus->leave(m_one.get(), den, ann.id);
    QTRY_COMPARE(third.presentIn(den)[ann.id].size(), 1U);
    m_two->bus->leave(m_two.get(), den, ann.id);
    QTRY_VERIFY(third.presentIn(den).empty());
}

void BusConformance::rolesOfThePresentAreReplaced()
{
    m_one->bus->enter(m_one.get(), den, ann, Role::Member);
    m_one->bus->enter(m_one.get(), den, ann, Role::Moderator);
    settle();
    m_two->bus->listen(m_two.get(), den);
    QTRY_COMPARE(m_two->all<RoomPresence>().size(), 1U);
    QCOMPARE(m_two->all<RoomPresence>().front().present.size(), 1);
    QCOMPARE(m_two->all<RoomPresence>().front().present.front().role, Role::Moderator);
}

/// Whatever is on its way when somebody begins to listen, once or again.
void BusConformance::presenceAnsweredAndItsChangesAreOne()
{
    const auto name = [](int number) { return user(QStringLiteral("user-%1").arg(number)); };
    for (int round = 0; round < 40; ++round) {
        for (int number = 0; number < 10; ++number) {
            if ((round + number) % 3 == 0)
                m_one->bus->enter(m_one.get(), den, name(number), Role::None);
            else
                m_one->bus->leave(m_one.get(), den, name(number).id);
            if (number == round % 10)
                m_two->bus->listen(m_two.get(), den);
            if (round > 0 && number == (round + 5) % 10)
                m_two->bus->ignore(m_two.get(), den);
        }
        if (round % 4 == 0)
            QCoreApplication::processEvents();
    }
    QTRY_COMPARE(m_two->all<RoomPresence>().size(), 40U);
    settle();
    const auto present = m_two->presentIn(den);
    for (int number = 0; number < 10; ++number)
        QCOMPARE(present.contains(name(number).id), (39 + number) % 3 == 0);
}

void BusConformance::leasesEnd()
{
    Hub *one = m_one.get();
    m_two->bus->listen(m_two.get(), den);
    one->bus->enter(one, den, ann, Role::Owner);
    one->bus->enter(one, den, bob, Role::None);
    one->bus->enter(one, nest, bob, Role::None);
    QTRY_COMPARE(m_two->presentIn(den).size(), 2U);

    pass(leaseTime + 2 * renewInterval, {m_two.get()});
    QTRY_VERIFY(m_two->presentIn(den).empty());
    // Nor is it answered who was present through it.
    m_two->bus->listen(m_two.get(), nest);
    QTRY_COMPARE(m_two->all<RoomPresence>().size(), 2U);
    QVERIFY(m_two->all<RoomPresence>().back().present.isEmpty());

    // It was only slow: all are back that are there by now.
    one->bus->leave(one, den, bob.id);
    one->bus->renew(one);
    QTRY_COMPARE(m_two->presentIn(nest).size(), 1U);
    settle();
    const auto present = m_two->presentIn(den);
    QCOMPARE(present.size(), 1U);
    QCOMPARE(present.begin()->first, ann.id);
    QCOMPARE(present.begin()->second.begin()->second, Role::Owner);
}

void BusConformance::leasesHoldWhileTheyAreRenewed()
{
    m_two->bus->listen(m_two.get(), den);
    QTRY_COMPARE(m_two->all<RoomPresence>().size(), 1U);
    m_one->bus->enter(m_one.get(), den, ann, Role::Owner);
    QTRY_COMPARE(m_two->presentIn(den).size(), 1U);
    pass(3 * leaseTime, {m_one.get(), m_two.get()});
    settle();
    QCOMPARE(m_two->all<PresenceChanged>().size(), 1U);
}

void BusConformance::aCleanEndIsSaidAtOnce()
{
    m_two->bus->listen(m_two.get(), den);
    m_one->bus->enter(m_one.get(), den, ann, Role::Owner);
    QTRY_COMPARE(m_two->presentIn(den).size(), 1U);
    m_one.reset();
    QTRY_VERIFY(m_two->presentIn(den).empty());
}

void BusConformance::headsAreHeardByWhoIsInterestedInOneOfThem()
{
    m_one->bus->listen(m_one.get(), nest);
    m_world->bus(1)->publish({RoomHeads{{{den, 7}, {nest, 9}}}, RoomHeads{{{den, 8}}}});
    settle();
    QCOMPARE(m_one->all<RoomHeads>().size(), 1U);
    QVERIFY(m_one->all<RoomHeads>().front().heads.contains(RoomHead{nest, 9}));
    QVERIFY(m_two->all<RoomHeads>().empty());
    m_world->bus(1)->publish({NoticesLost{}});
    settle();
    QCOMPARE(m_one->all<NoticesLost>().size(), 1U);
    QCOMPARE(m_two->all<NoticesLost>().size(), 1U);
}

} // namespace bustest
