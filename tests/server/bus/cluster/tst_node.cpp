// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes on one thread: wires that lose what they are told to, a store that answers in the next turn, a clock of the test.
#include "server/bus/cluster/node.h"
#include "tests/server/bus/cluster/ether.h"
#include "tests/server/bus/cluster/logstore.h"

#include <QCoreApplication>
#include <QTest>

#include <set>

using namespace rookery;
using namespace rookery::bus;
using namespace std::chrono_literals;

namespace {

const QString den = test::LogStore::room();
const User ann{QStringLiteral("ann"), QStringLiteral("ann"), false};

Frame frameOf(const QByteArray &bytes)
{
    const auto frame = decodeFrame(bytes);
    if (!frame)
        qFatal("no frame is sent that cannot be read");
    return *frame;
}

bool holds(const QByteArray &bytes, RecordKind kind)
{
    return std::ranges::any_of(
        frameOf(bytes).records, [kind](const Record &record) { return record.kind == kind; });
}

/// A process: its bus, its node, and one hub.
class One final : private Outside
{
public:
    One(std::vector<std::shared_ptr<test::Ether>> ethers, std::vector<qsizetype> limits, store::Store *store,
        MemoryBus::Clock clock, int firstWire = 0)
        : m_clock(std::move(clock))
    {
        m_local.setOutside(this);
        std::vector<std::unique_ptr<Wire>> made;
        for (size_t i = 0; i < ethers.size(); ++i) {
            made.push_back(std::make_unique<test::EtherWire>(ethers[i], limits[i]));
            wires.push_back(static_cast<test::EtherWire *>(made.back().get()));
        }
        NodeOptions options;
        options.clock = m_clock;
        options.ticksByItself = false;
        options.stepsByItself = false;
        options.firstWire = firstWire;
        options.counted = [this](int count) { nodes = count; };
        node = std::make_unique<Node>(&m_local, &m_sequencer, store, std::move(made), options);
        m_local.subscribe(&m_hub, [this](const Notice &notice) { hear(notice); });
    }
    ~One() override { node.reset(); }

    void publish(const Notice &notice)
    {
        node->send({notice});
        m_sequencer.deliver({notice});
    }
    void listen() { m_local.listen(&m_hub, den); }
    void enter() { m_local.enter(&m_hub, den, ann, Role::Member); }
    void leave() { m_local.leave(&m_hub, den, ann.id); }
    void renew() { m_local.renew(&m_hub); }
    bool takesForPresent(const User &user) const { return m_present.contains(user.id); }

    std::unique_ptr<Node> node;
    std::vector<test::EtherWire *> wires;
    QList<qint64> seqs;
    QList<qint64> heads;
    int ended = 0;
    int presenceAnswers = 0;
    int nodes = 1; ///< as it has heard of

private:
    bool wanted(const QString &roomId) override
    {
        QMetaObject::invokeMethod(
            node.get(), [this, roomId] { node->wanted(roomId); }, Qt::QueuedConnection);
        return true;
    }
    void unwanted(const QString &roomId) override
    {
        QMetaObject::invokeMethod(
            node.get(), [this, roomId] { node->unwanted(roomId); }, Qt::QueuedConnection);
    }
    void presence(const PresenceChanged &change) override
    {
        QMetaObject::invokeMethod(
            node.get(), [this, change] { node->send(change); }, Qt::QueuedConnection);
    }
    void hear(const Notice &notice)
    {
        if (const auto *committed = std::get_if<EventCommitted>(&notice))
            seqs.append(committed->event.seq);
        else if (const auto *known = std::get_if<RoomHeads>(&notice))
            heads.append(known->heads.first().seq);
        else if (std::holds_alternative<SessionEnded>(notice))
            ++ended;
        else if (const auto *change = std::get_if<PresenceChanged>(&notice))
            note(change->user.id, change->online);
        else if (const auto *answer = std::get_if<RoomPresence>(&notice)) {
            ++presenceAnswers;
            m_present.clear();
            for (const Present &present : answer->present)
                note(present.user.id, true);
        }
    }
    void note(const QString &userId, bool online)
    {
        if (online)
            m_present.insert(userId);
        else
            m_present.erase(userId);
    }

    const MemoryBus::Clock m_clock;
    MemoryBus m_local{std::make_shared<threads::Postboxes>(), 20'000, m_clock};
    Sequencer m_sequencer{&m_local, m_clock};
    QObject m_hub;
    std::set<QString> m_present;
};

QList<qint64> upTo(qint64 last)
{
    QList<qint64> seqs;
    for (qint64 seq = 1; seq <= last; ++seq)
        seqs.append(seq);
    return seqs;
}

} // namespace

class TestNode : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void whatNobodyHearsIsCountedAndNotSent();
    void whoComesFindsWhatWasNotSent();
    void aLostEventIsReadFromTheStore();
    void aLostLastEventIsFoundByItsHead();
    void aFrameCountsOnce();
    void garbledFramesChangeNothing();
    void aGarbledNoticeIsALoss();
    void longEventsBecomeHeads();
    void whoDoesNotAnswerIsNotWaitedForLong();
    void aLostQuestionIsAskedAgain();
    void whatIsInDoubtEndsWithTheLease();
    void presenceOfARoomThatNobodyListensToIsNotKept();
    void aNodeThatLeavesTakesItsUsersWithIt();
    void nodesAreCounted();
    void aDeafWireIsReplacedByTheNextOne();
    void aNodeWithoutThePreferredWireHearsAll();
    void whatIsTooLongToBeSaidAgainIsLeftOut();

private:
    One &add(std::vector<qsizetype> limits = {64 * 1024});
    Notice commit(const QString &text = QStringLiteral("text"));
    void settle();
    void pass(std::chrono::milliseconds time);
    /// Frames from `from` to `to` that hold such a record are lost.
    void lose(const One *from, const One *to, RecordKind kind);
    void loseNothing() { m_ethers[0]->lose({}); }

    std::chrono::milliseconds m_now{1'000'000};
    std::vector<std::shared_ptr<test::Ether>> m_ethers;
    test::LogStore m_store;
    std::vector<std::unique_ptr<One>> m_nodes;
};

void TestNode::init()
{
    m_ethers = {std::make_shared<test::Ether>(), std::make_shared<test::Ether>()};
    m_store.events.clear();
    m_store.pages = 0;
    m_store.headsAsked = 0;
}

void TestNode::cleanup()
{
    m_nodes.clear();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void TestNode::aNodeWithoutThePreferredWireHearsAll()
{
    One &both = add({64 * 1024, 64 * 1024});
    m_nodes.push_back(std::make_unique<One>(
        std::vector{m_ethers[1]}, std::vector<qsizetype>{64 * 1024}, &m_store, [this] { return m_now; }, 1));
    settle();
    One &second = *m_nodes.back();
    second.listen();
    both.listen();
    pass(2s);
    const int asked = m_store.headsAsked;
    const int pages = m_store.pages;
    both.publish(commit());
    settle();
    QCOMPARE(second.seqs, upTo(1));
    second.publish(commit());
    settle();
    QCOMPARE(both.seqs, upTo(2));
    QCOMPARE(m_store.headsAsked, asked);
    QCOMPARE(m_store.pages, pages);
}

One &TestNode::add(std::vector<qsizetype> limits)
{
    std::vector<std::shared_ptr<test::Ether>> ethers(
        m_ethers.begin(), m_ethers.begin() + std::ptrdiff_t(limits.size()));
    m_nodes.push_back(
        std::make_unique<One>(std::move(ethers), std::move(limits), &m_store, [this] { return m_now; }));
    settle();
    return *m_nodes.back();
}

Notice TestNode::commit(const QString &text)
{
    Room room;
    room.id = den;
    room.epoch = QStringLiteral("epoch");
    RoomEvent event;
    event.roomId = den;
    event.seq = m_store.events.size() + 1;
    event.id = QStringLiteral("event-%1").arg(event.seq);
    event.sender = ann;
    event.clientId = QStringLiteral("client-%1").arg(event.seq);
    event.timestamp = utcTime(1'000'000 + event.seq);
    event.content = Posted{text};
    m_store.events.append(event);
    return EventCommitted{event, std::make_shared<const Room>(room)};
}

void TestNode::settle()
{
    for (int round = 0; round < 6; ++round) {
        for (const auto &one : m_nodes)
            one->node->step();
        QCoreApplication::sendPostedEvents();
    }
}

void TestNode::pass(std::chrono::milliseconds time)
{
    for (std::chrono::milliseconds passed{0}; passed < time; passed += Node::beatInterval) {
        m_now += Node::beatInterval;
        for (const auto &one : m_nodes) {
            one->renew();
            one->node->tick();
        }
        settle();
    }
}

void TestNode::lose(const One *from, const One *to, RecordKind kind)
{
    m_ethers[0]->lose(
        [from, to, kind](const test::EtherWire *one, const test::EtherWire *other, const QByteArray &frame) {
            return one == from->wires[0] && (!to || other == to->wires[0]) && holds(frame, kind);
        });
}

void TestNode::whatNobodyHearsIsCountedAndNotSent()
{
    std::vector<QByteArray> sent;
    m_ethers[0]->lose([&sent](const test::EtherWire *, const test::EtherWire *, const QByteArray &frame) {
        sent.push_back(frame);
        return false;
    });
    One &alone = add();
    pass(250ms);
    QVERIFY(!sent.empty());
    const quint64 before = frameOf(sent.back()).number;
    alone.publish(commit());
    alone.publish(commit());
    pass(250ms);
    QCOMPARE(frameOf(sent.back()).number, before + 3);
    for (const QByteArray &frame : sent)
        QVERIFY(!holds(frame, RecordKind::Said));
}

void TestNode::whoComesFindsWhatWasNotSent()
{
    One &first = add();
    first.publish(commit());
    One &second = add();
    second.listen();
    pass(500ms);
    QVERIFY(second.heads.contains(1));
    first.publish(commit());
    settle();
    QCOMPARE(second.seqs, (QList<qint64>{2}));
}

void TestNode::aLostEventIsReadFromTheStore()
{
    One &first = add();
    One &second = add();
    second.listen();
    pass(500ms);
    first.publish(commit());
    settle();
    lose(&first, &second, RecordKind::Said);
    first.publish(commit());
    loseNothing();
    first.publish(commit());
    pass(500ms);
    QCOMPARE(second.seqs, upTo(3));
}

void TestNode::aLostLastEventIsFoundByItsHead()
{
    One &first = add();
    One &second = add();
    second.listen();
    pass(500ms);
    first.publish(commit());
    settle();
    const int asked = m_store.headsAsked;
    m_ethers[0]->lose([](const test::EtherWire *, const test::EtherWire *, const QByteArray &frame) {
        return holds(frame, RecordKind::Said) || holds(frame, RecordKind::Repeated);
    });
    first.publish(commit());
    settle();
    QCOMPARE(second.seqs, upTo(1));
    pass(500ms); // two beats, whose numbers have jumped
    QVERIFY(m_store.headsAsked > asked);
    QCOMPARE(second.seqs, upTo(2));
}

void TestNode::aFrameCountsOnce()
{
    One &first = add();
    One &second = add();
    pass(500ms);
    QByteArray said;
    m_ethers[0]->lose([&said](const test::EtherWire *, const test::EtherWire *, const QByteArray &frame) {
        if (holds(frame, RecordKind::Said))
            said = frame;
        return false;
    });
    first.publish(SessionEnded{QStringLiteral("s"), {}});
    settle();
    QCOMPARE(second.ended, 1);
    QVERIFY(!said.isEmpty());
    Q_EMIT second.wires[0]->received(said);
    pass(500ms);
    Q_EMIT second.wires[0]->received(said);
    settle();
    QCOMPARE(second.ended, 1);
}

void TestNode::garbledFramesChangeNothing()
{
    One &first = add();
    One &second = add();
    second.listen();
    pass(500ms);
    const int asked = m_store.headsAsked;
    Q_EMIT second.wires[0]->received({});
    Q_EMIT second.wires[0]->received("RKF1");
    Q_EMIT second.wires[0]->received(QByteArray(1000, '\xff'));
    first.publish(commit());
    settle();
    QCOMPARE(second.seqs, upTo(1));
    QCOMPARE(m_store.headsAsked, asked);
}

void TestNode::aGarbledNoticeIsALoss()
{
    One &first = add();
    One &second = add();
    first.listen();
    second.listen();
    pass(500ms);
    QByteArray beat;
    m_ethers[0]->lose([&](const test::EtherWire *from, const test::EtherWire *, const QByteArray &frame) {
        if (from == first.wires[0])
            beat = frame;
        return false;
    });
    pass(250ms);
    Frame frame = frameOf(beat);
    ++frame.number;
    frame.records = {{RecordKind::Said, {{den}, {}, false}, R"({"v":1,"notice":"event_committed","event":)"}};
    const int asked = m_store.headsAsked;
    Q_EMIT second.wires[0]->received(encodeFrame(frame));
    settle();
    QVERIFY(m_store.headsAsked > asked);
}

void TestNode::longEventsBecomeHeads()
{
    constexpr qsizetype limit = 2'000;
    qsizetype longest = 0;
    m_ethers[0]->lose([&longest](const test::EtherWire *, const test::EtherWire *, const QByteArray &frame) {
        longest = std::max(longest, frame.size());
        return false;
    });
    One &first = add({limit});
    One &second = add({limit});
    second.listen();
    pass(500ms);
    first.publish(commit());
    first.publish(commit(QString(3'000, u'x')));
    for (int length = 1'000; length < 2'000; length += 7)
        first.publish(commit(QString(length, u'y')));
    pass(500ms);
    QCOMPARE(second.seqs, upTo(m_store.events.size()));
    QVERIFY(longest <= limit);
    QVERIFY(longest > limit - 100);
}

void TestNode::whoDoesNotAnswerIsNotWaitedForLong()
{
    One &first = add();
    One &second = add();
    first.enter();
    pass(500ms);
    lose(&first, &second, RecordKind::Said);
    second.listen();
    pass(Node::answerTime - Node::beatInterval);
    QCOMPARE(second.presenceAnswers, 0);
    pass(2 * Node::beatInterval);
    QCOMPARE(second.presenceAnswers, 1);
    QVERIFY(!second.takesForPresent(ann));
    loseNothing();
    pass(2 * Node::answerTime);
    QVERIFY(second.takesForPresent(ann));
    QCOMPARE(second.presenceAnswers, 1);
}

void TestNode::aLostQuestionIsAskedAgain()
{
    One &first = add();
    One &second = add();
    first.enter();
    pass(500ms);
    lose(&second, &first, RecordKind::Question);
    second.listen();
    settle();
    loseNothing();
    pass(2 * Node::answerTime);
    QVERIFY(second.takesForPresent(ann));
}

/// Who hears a node that does not hear him can ask it nothing, and must not believe it for ever.
void TestNode::whatIsInDoubtEndsWithTheLease()
{
    One &first = add();
    One &second = add();
    first.enter();
    second.listen();
    pass(1'000ms);
    QVERIFY(second.takesForPresent(ann));
    m_ethers[0]->lose([&](const test::EtherWire *from, const test::EtherWire *to, const QByteArray &frame) {
        return (from == second.wires[0] && to == first.wires[0])
            || (from == first.wires[0] && holds(frame, RecordKind::Said));
    });
    first.leave();
    pass(leaseTime + Peers::trust + 1'000ms);
    QVERIFY(!second.takesForPresent(ann));
    first.enter();
    settle();
    loseNothing();
    pass(2'000ms);
    QVERIFY(second.takesForPresent(ann));
}

void TestNode::presenceOfARoomThatNobodyListensToIsNotKept()
{
    MemoryBus bus(std::make_shared<threads::Postboxes>(), 20'000, [this] { return m_now; });
    QObject remote;
    bus.subscribe(&remote, {});
    bus.enter(&remote, den, ann, Role::Member);
    QVERIFY(bus.presentIn(den, &remote).isEmpty());
    QObject here;
    bus.subscribe(&here, [](const Notice &) {});
    bus.listen(&here, den);
    bus.enter(&remote, den, ann, Role::Member);
    QCOMPARE(bus.presentIn(den, &remote).size(), 1);
}

void TestNode::aNodeThatLeavesTakesItsUsersWithIt()
{
    One &first = add();
    One &second = add();
    first.enter();
    second.listen();
    pass(500ms);
    QVERIFY(second.takesForPresent(ann));
    first.node->leave();
    settle();
    QVERIFY(!second.takesForPresent(ann));
}

void TestNode::nodesAreCounted()
{
    One &first = add();
    for (int nodes = 1; nodes <= 3; ++nodes) {
        pass(250ms);
        QCOMPARE(first.nodes, nodes);
        add();
    }
    m_nodes[1]->node->leave(); // one of four
    settle();
    QCOMPARE(first.nodes, 3);
    m_ethers[0]->lose([](const auto *, const auto *, const auto &) { return true; });
    pass(leaseTime - 1'000ms);
    QCOMPARE(first.nodes, 3);
    pass(2'000ms);
    QCOMPARE(first.nodes, 1);
}

void TestNode::aDeafWireIsReplacedByTheNextOne()
{
    One &first = add({64 * 1024, 8'000});
    One &second = add({64 * 1024, 8'000});
    second.listen();
    pass(1'000ms);
    int onSecondWire = 0;
    m_ethers[1]->lose([&](const test::EtherWire *, const test::EtherWire *, const QByteArray &frame) {
        onSecondWire += holds(frame, RecordKind::Said) ? 1 : 0;
        return false;
    });
    first.publish(commit());
    settle();
    QCOMPARE(second.seqs, upTo(1));
    QCOMPARE(onSecondWire, 0);
    // The other node hears nothing there any more, nor itself.
    m_ethers[0]->lose([&](const test::EtherWire *, const test::EtherWire *to, const QByteArray &) {
        return to == second.wires[0];
    });
    pass(3'000ms);
    first.publish(commit());
    settle();
    QVERIFY(onSecondWire > 0);
    QCOMPARE(second.seqs, upTo(2));
    m_ethers[0]->lose({});
    pass(3'000ms);
    onSecondWire = 0;
    first.publish(commit());
    settle();
    QCOMPARE(second.seqs, upTo(3));
    QCOMPARE(onSecondWire, 0);
}

/// Else it would be lost, missed and asked for without end.
void TestNode::whatIsTooLongToBeSaidAgainIsLeftOut()
{
    constexpr qsizetype limit = 2'000;
    One &first = add({64 * 1024, limit});
    One &second = add({64 * 1024, limit});
    second.listen();
    pass(1'000ms);
    m_ethers[0]->lose(
        [](const test::EtherWire *, const test::EtherWire *, const QByteArray &) { return true; });
    qsizetype longest = 0;
    int frames = 0;
    m_ethers[1]->lose([&](const test::EtherWire *, const test::EtherWire *, const QByteArray &frame) {
        longest = std::max(longest, frame.size());
        ++frames;
        return false;
    });
    first.publish(commit(QString(3'000, u'x')));
    pass(2'000ms);
    QVERIFY(longest > 0);
    QVERIFY2(longest <= limit, qPrintable(QString::number(longest)));
    QVERIFY2(frames < 200, qPrintable(QString::number(frames)));
    QCOMPARE(m_store.events.size(), 1);
    QVERIFY(second.heads.contains(1) || second.seqs.contains(1));
}

QTEST_GUILESS_MAIN(TestNode)
#include "tst_node.moc"
