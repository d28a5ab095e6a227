// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/sequencer.h"

#include <QCoreApplication>
#include <QTest>

using namespace rookery;
using namespace rookery::bus;
using namespace std::chrono_literals;

namespace {

const QString den = QStringLiteral("den");

std::shared_ptr<const Room> room()
{
    Room made;
    made.id = den;
    return std::make_shared<const Room>(made);
}

RoomEvent eventOf(qint64 seq)
{
    RoomEvent made;
    made.roomId = den;
    made.seq = seq;
    return made;
}

std::vector<Notice> said(std::initializer_list<qint64> seqs)
{
    std::vector<Notice> notices;
    for (const qint64 seq : seqs)
        notices.push_back(EventCommitted{eventOf(seq), room()});
    return notices;
}

QList<RoomEvent> events(qint64 first, qint64 last)
{
    QList<RoomEvent> list;
    for (qint64 seq = first; seq <= last; ++seq)
        list.append(eventOf(seq));
    return list;
}

QList<qint64> upTo(qint64 last)
{
    QList<qint64> seqs;
    for (qint64 seq = 1; seq <= last; ++seq)
        seqs.append(seq);
    return seqs;
}

} // namespace

class TestSequencer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void eventsWaitForThoseBeforeThem();
    void eventsComeOnce();
    void aHoleIsReadAfterAWhileAndOnce();
    void aHoleThatClosesIsNotRead();
    void whatCouldNotBeReadIsReadAgain();
    void whatWaitsIsBoundedAndReadLater();
    void aHeadIsAHole();
    void aHeadOfWhatWasNeverToldIsTold();
    void whatIsNotThereAtLastIsPassedOver();
    void roomsThatNobodyListensToPassThrough();
    void aForgottenRoomBeginsAnew();
    void anAnswerForAForgottenRoomChangesNothing();
    void aLongHoleIsReadWithoutAPause();

private:
    QList<qint64> heard();
    std::vector<Sequencer::Hole> holes() { return m_sequencer->takeHoles(8); }

    std::chrono::milliseconds m_now{1'000};
    std::unique_ptr<MemoryBus> m_bus;
    std::unique_ptr<Sequencer> m_sequencer;
    std::unique_ptr<QObject> m_hub;
    QList<qint64> m_seqs;
    QList<RoomHead> m_heads;
};

void TestSequencer::init()
{
    const auto clock = [this] { return m_now; };
    m_bus = std::make_unique<MemoryBus>(std::make_shared<threads::Postboxes>(), 20'000, clock);
    m_sequencer = std::make_unique<Sequencer>(m_bus.get(), clock);
    m_hub = std::make_unique<QObject>();
    m_bus->subscribe(m_hub.get(), [this](const Notice &notice) {
        if (const auto *committed = std::get_if<EventCommitted>(&notice))
            m_seqs.append(committed->event.seq);
        else if (const auto *heads = std::get_if<RoomHeads>(&notice))
            m_heads += heads->heads;
    });
    m_bus->listen(m_hub.get(), den);
    m_seqs.clear();
    m_heads.clear();
}

void TestSequencer::cleanup()
{
    m_sequencer.reset();
    m_bus.reset();
    m_hub.reset();
}

QList<qint64> TestSequencer::heard()
{
    QCoreApplication::sendPostedEvents();
    return m_seqs;
}

void TestSequencer::eventsWaitForThoseBeforeThem()
{
    m_sequencer->deliver(said({1, 4}));
    QCOMPARE(heard(), upTo(1));
    QVERIFY(m_sequencer->hasHoles());
    m_sequencer->deliver(said({3}));
    QCOMPARE(heard(), upTo(1));
    m_sequencer->deliver(said({2}));
    QCOMPARE(heard(), upTo(4));
    QVERIFY(!m_sequencer->hasHoles());
}

void TestSequencer::eventsComeOnce()
{
    m_sequencer->deliver(said({1, 2, 1, 4, 4, 2}));
    m_sequencer->deliver(said({3, 4, 3}));
    QCOMPARE(heard(), upTo(4));
}

void TestSequencer::aHoleIsReadAfterAWhileAndOnce()
{
    m_sequencer->deliver(said({1, 3}));
    m_now += Sequencer::patience - 1ms;
    QVERIFY(holes().empty());
    m_now += 1ms;
    QCOMPARE(holes(), (std::vector{Sequencer::Hole{den, 1}}));
    m_now += 10s;
    QVERIFY(holes().empty());
    m_sequencer->fill(den, room(), events(2, 3));
    QCOMPARE(heard(), upTo(3));
    QVERIFY(!m_sequencer->hasHoles());
}

void TestSequencer::aHoleThatClosesIsNotRead()
{
    m_sequencer->deliver(said({1, 3}));
    m_now += Sequencer::patience;
    m_sequencer->deliver(said({2, 5}));
    QVERIFY(holes().empty()); // another hole, which has just been seen
    m_now += Sequencer::patience;
    QCOMPARE(holes(), (std::vector{Sequencer::Hole{den, 3}}));
    m_sequencer->deliver(said({4}));
    m_sequencer->fill(den, room(), events(4, 5)); // comes too late, and nothing comes twice
    QCOMPARE(heard(), upTo(5));
}

void TestSequencer::whatCouldNotBeReadIsReadAgain()
{
    m_sequencer->deliver(said({1, 3}));
    m_now += Sequencer::patience;
    QCOMPARE(holes().size(), 1U);
    m_sequencer->giveUp(den);
    QVERIFY(holes().empty());
    m_now += Sequencer::patience;
    QCOMPARE(holes(), (std::vector{Sequencer::Hole{den, 1}}));
}

void TestSequencer::whatWaitsIsBoundedAndReadLater()
{
    const qint64 last = 3 + 2 * qint64(Sequencer::mostHeldOfRoom);
    m_sequencer->deliver(said({1}));
    for (qint64 seq = 3; seq <= last; ++seq)
        m_sequencer->deliver(said({seq}));
    m_sequencer->deliver(said({2}));
    QCOMPARE(heard(), upTo(2 + qint64(Sequencer::mostHeldOfRoom)));
    QVERIFY(m_sequencer->hasHoles()); // what did not wait
    m_now += Sequencer::patience;
    QCOMPARE(holes(), (std::vector{Sequencer::Hole{den, 2 + qint64(Sequencer::mostHeldOfRoom)}}));
    m_sequencer->fill(den, room(), events(3 + qint64(Sequencer::mostHeldOfRoom), last));
    QCOMPARE(heard(), upTo(last));
    QVERIFY(!m_sequencer->hasHoles());
}

void TestSequencer::aHeadIsAHole()
{
    m_sequencer->deliver(said({1}));
    m_sequencer->noteHead({den, 1});
    QVERIFY(!m_sequencer->hasHoles());
    m_sequencer->noteHead({den, 3});
    m_now += Sequencer::patience;
    QCOMPARE(holes(), (std::vector{Sequencer::Hole{den, 1}}));
    m_sequencer->fill(den, room(), events(2, 3));
    QCOMPARE(heard(), upTo(3));
    QVERIFY(m_heads.isEmpty());
}

void TestSequencer::aHeadOfWhatWasNeverToldIsTold()
{
    m_sequencer->noteHead({den, 7});
    heard();
    QCOMPARE(m_heads, (QList{RoomHead{den, 7}}));
}

void TestSequencer::whatIsNotThereAtLastIsPassedOver()
{
    m_sequencer->deliver(said({1, 3}));
    int reads = 0;
    while (m_sequencer->hasHoles()) {
        QVERIFY(++reads < 100);
        m_now += Sequencer::patience;
        QCOMPARE(holes().size(), 1U);
        m_sequencer->fill(den, room(), {});
    }
    QVERIFY(reads > 1);
    QCOMPARE(heard(), (QList<qint64>{1, 3}));
    QCOMPARE(m_heads, (QList{RoomHead{den, 3}}));
    m_sequencer->deliver(said({4}));
    QCOMPARE(heard(), (QList<qint64>{1, 3, 4}));
}

void TestSequencer::roomsThatNobodyListensToPassThrough()
{
    m_bus->ignore(m_hub.get(), den);
    m_bus->listenToUser(m_hub.get(), QStringLiteral("ann"));
    Room direct;
    direct.id = den;
    direct.peers = {{QStringLiteral("ann"), QStringLiteral("ann"), false}};
    const auto shared = std::make_shared<const Room>(direct);
    m_sequencer->deliver({EventCommitted{eventOf(5), shared}});
    m_sequencer->deliver({EventCommitted{eventOf(4), shared}});
    QCOMPARE(heard(), (QList<qint64>{5, 4}));
    QVERIFY(!m_sequencer->hasHoles());
}

void TestSequencer::aForgottenRoomBeginsAnew()
{
    m_sequencer->deliver(said({1, 3}));
    m_sequencer->forget(den); // somebody listens
    QVERIFY(m_sequencer->hasHoles());
    m_bus->ignore(m_hub.get(), den);
    m_sequencer->forget(den);
    QVERIFY(!m_sequencer->hasHoles());
    m_bus->listen(m_hub.get(), den);
    m_sequencer->deliver(said({9, 10}));
    QCOMPARE(heard(), (QList<qint64>{1, 9, 10}));
}

void TestSequencer::anAnswerForAForgottenRoomChangesNothing()
{
    m_sequencer->deliver(said({1, 3}));
    m_now += Sequencer::patience;
    QCOMPARE(holes().size(), 1U);
    m_bus->ignore(m_hub.get(), den);
    m_sequencer->forget(den);
    m_sequencer->fill(den, room(), events(2, 3));
    m_sequencer->giveUp(den);
    m_bus->listen(m_hub.get(), den);
    m_sequencer->deliver(said({9}));
    m_sequencer->fill(den, room(), events(2, 3));
    QCOMPARE(heard(), (QList<qint64>{1, 9}));
    QVERIFY(!m_sequencer->hasHoles());
}

void TestSequencer::aLongHoleIsReadWithoutAPause()
{
    m_sequencer->deliver(said({1}));
    m_sequencer->noteHead({den, 500});
    m_now += Sequencer::patience;
    QCOMPARE(holes().size(), 1U);
    m_sequencer->fill(den, room(), events(2, 256));
    QCOMPARE(holes(), (std::vector{Sequencer::Hole{den, 256}}));
    m_sequencer->fill(den, room(), events(257, 500));
    QCOMPARE(heard(), upTo(500));
}

QTEST_GUILESS_MAIN(TestSequencer)
#include "tst_sequencer.moc"
