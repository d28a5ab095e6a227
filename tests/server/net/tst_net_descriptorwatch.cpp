// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/descriptorwatch.h"

#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/socketpair.h"
#include "tests/support/eventthread.h"

#include <QAbstractEventDispatcher>
#include <QSignalSpy>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

using namespace rookery::net;
using namespace rookery::net::test;
using rookery::test::EventThread;

namespace {

void turn()
{
    QAbstractEventDispatcher::instance()->processEvents(QEventLoop::AllEvents);
}

class Watch final : public DescriptorWatch
{
public:
    explicit Watch(const SocketPair &pair)
        : DescriptorWatch(pair.near())
    { }

    int readable = 0;
    int writable = 0;
    std::function<void(Watch *)> then;

private:
    void descriptorReady(Events events) override
    {
        readable += events & Read ? 1 : 0;
        writable += events & Write ? 1 : 0;
        if (then)
            then(this);
    }
};

int turnsOfAnIdleLoop()
{
    QEventLoop loop;
    QTimer::singleShot(50, Qt::PreciseTimer, &loop, &QEventLoop::quit);
    QSignalSpy turns(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake);
    loop.exec();
    return int(turns.size());
}

} // namespace

/// The same behaviour on either event dispatcher: CTest runs it on both.
class TestDescriptorWatch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingAtFirst();
    void reading();
    void writing();
    void both();
    void offAndOnInOneTurn();
    void offDoesNotSpin();
    void hangUpWakesAReader();
    void hangUpWakesAWriter();
    void hangUpWithoutInterestDoesNotSpin();
    void deletedInItsOwnCall();
    void deletedByAnother();
    void offByAnother();
    void numberTakenAgain();
    void outlivesItsDispatcher();
    void many();
};

void TestDescriptorWatch::nothingAtFirst()
{
    const SocketPair pair;
    pair.write();
    const Watch watch(pair);
    QCOMPARE(watch.interest(), DescriptorWatch::Events(0));
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(watch.readable + watch.writable, 0);
}

void TestDescriptorWatch::reading()
{
    const SocketPair pair;
    Watch watch(pair);
    watch.setInterest(DescriptorWatch::Read, true);
    turn();
    QCOMPARE(watch.readable, 0);
    pair.write();
    turn();
    turn();
    QCOMPARE(watch.readable, 2);
    QCOMPARE(watch.writable, 0);
    pair.drainNear();
    turn();
    QCOMPARE(watch.readable, 2);
}

void TestDescriptorWatch::writing()
{
    const SocketPair pair;
    pair.fillNear();
    Watch watch(pair);
    watch.setInterest(DescriptorWatch::Write, true);
    turn();
    QCOMPARE(watch.writable, 0);
    pair.drainFar();
    turn();
    QCOMPARE(watch.writable, 1);
    watch.setInterest(DescriptorWatch::Write, false);
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(watch.writable, 1);
}

void TestDescriptorWatch::both()
{
    const SocketPair pair;
    Watch watch(pair);
    watch.setInterest(DescriptorWatch::Read | DescriptorWatch::Write);
    pair.write();
    turn();
    QCOMPARE(watch.readable, 1);
    QCOMPARE(watch.writable, 1);
    watch.setInterest(DescriptorWatch::Write);
    turn();
    QCOMPARE(watch.readable, 1);
    QCOMPARE(watch.writable, 2);
    watch.setInterest(DescriptorWatch::Read);
    turn();
    QCOMPARE(watch.readable, 2);
    QCOMPARE(watch.writable, 2);
}

void TestDescriptorWatch::offAndOnInOneTurn()
{
    const SocketPair pair;
    Watch watch(pair);
    watch.setInterest(DescriptorWatch::Read, true);
    turn();
    watch.setInterest(DescriptorWatch::Read, false);
    pair.write();
    watch.setInterest(DescriptorWatch::Read, true);
    turn();
    QCOMPARE(watch.readable, 1);
}

void TestDescriptorWatch::offDoesNotSpin()
{
    const SocketPair pair;
    Watch watch(pair);
    watch.setInterest(DescriptorWatch::Read, true);
    turn();
    watch.setInterest(DescriptorWatch::Read, false);
    pair.write();
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(watch.readable, 0);
    watch.setInterest(DescriptorWatch::Read, true);
    turn();
    QCOMPARE(watch.readable, 1);
}

void TestDescriptorWatch::hangUpWakesAReader()
{
    SocketPair pair;
    Watch watch(pair);
    watch.setInterest(DescriptorWatch::Read, true);
    turn();
    pair.closeFar();
    turn();
    QCOMPARE(watch.readable, 1);
    QCOMPARE(watch.writable, 0);
}

void TestDescriptorWatch::hangUpWakesAWriter()
{
    SocketPair pair;
    pair.fillNear();
    Watch watch(pair);
    watch.setInterest(DescriptorWatch::Write, true);
    turn();
    QCOMPARE(watch.writable, 0);
    pair.closeFar();
    turn();
    QCOMPARE(watch.writable, 1);
    QCOMPARE(watch.readable, 0);
}

void TestDescriptorWatch::hangUpWithoutInterestDoesNotSpin()
{
    SocketPair pair;
    Watch watch(pair);
    watch.setInterest(DescriptorWatch::Read, true);
    turn();
    watch.setInterest(DescriptorWatch::Read, false);
    pair.closeFar();
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(watch.readable, 0);
    watch.setInterest(DescriptorWatch::Read, true);
    turn();
    QCOMPARE(watch.readable, 1);
}

void TestDescriptorWatch::deletedInItsOwnCall()
{
    const SocketPair pair;
    auto watch = std::make_unique<Watch>(pair);
    int calls = 0;
    watch->then = [&](Watch *) {
        ++calls;
        const auto keepsTheFunction = std::move(watch->then);
        watch.reset();
    };
    watch->setInterest(DescriptorWatch::Read | DescriptorWatch::Write);
    pair.write();
    turn();
    turn();
    QCOMPARE(calls, 1);
}

void TestDescriptorWatch::deletedByAnother()
{
    const SocketPair one;
    const SocketPair two;
    std::vector<std::unique_ptr<Watch>> watches;
    int calls = 0;
    for (const SocketPair *pair : {&one, &two}) {
        watches.push_back(std::make_unique<Watch>(*pair));
        watches.back()->setInterest(DescriptorWatch::Read, true);
        watches.back()->then = [&](Watch *called) {
            ++calls;
            std::erase_if(watches, [called](const auto &each) { return each.get() != called; });
        };
        pair->write();
    }
    turn();
    QCOMPARE(calls, 1);
    QCOMPARE(watches.size(), size_t(1));
}

void TestDescriptorWatch::offByAnother()
{
    const SocketPair one;
    const SocketPair two;
    Watch first(one);
    Watch second(two);
    for (Watch *watch : {&first, &second}) {
        watch->setInterest(DescriptorWatch::Read, true);
        watch->then = [&](Watch *called) {
            (called == &first ? second : first).setInterest(DescriptorWatch::Read, false);
        };
    }
    one.write();
    two.write();
    turn();
    QCOMPARE(first.readable + second.readable, 1);
}

/// One connection ends and the next one gets its number before the thread waits again.
void TestDescriptorWatch::numberTakenAgain()
{
    for (int i = 0; i < 10; ++i) {
        auto pair = std::make_unique<SocketPair>();
        const int number = pair->near();
        auto watch = std::make_unique<Watch>(*pair);
        watch->setInterest(DescriptorWatch::Read, true);
        turn();
        pair->write();
        watch.reset();
        pair.reset();
        pair = std::make_unique<SocketPair>();
        QCOMPARE(pair->near(), number);
        watch = std::make_unique<Watch>(*pair);
        watch->setInterest(DescriptorWatch::Read, true);
        turn();
        QCOMPARE(watch->readable, 0);
        pair->write();
        turn();
        QCOMPARE(watch->readable, 1);
    }
}

void TestDescriptorWatch::outlivesItsDispatcher()
{
    const SocketPair pair;
    std::unique_ptr<Watch> watch;
    const auto work = [&] {
        watch = std::make_unique<Watch>(pair);
        watch->setInterest(DescriptorWatch::Read, true);
        turn();
        if (dynamic_cast<DescriptorWatch::Engine *>(QAbstractEventDispatcher::instance()) == nullptr)
            watch.reset(); // QSocketNotifiers cannot
    };
    {
        EventThread thread(
            work, qgetenv("ROOKERY_TEST_DISPATCHER") != "qt" ? makeEventDispatcher() : nullptr);
        thread.start();
        QVERIFY(thread.wait());
    }
    if (watch)
        watch->setInterest(DescriptorWatch::Read, false);
    watch.reset();
}

void TestDescriptorWatch::many()
{
    constexpr int count = 300;
    std::vector<SocketPair> pairs(count);
    std::vector<std::unique_ptr<Watch>> watches;
    int calls = 0;
    for (const SocketPair &pair : pairs) {
        watches.push_back(std::make_unique<Watch>(pair));
        watches.back()->setInterest(DescriptorWatch::Read, true);
        watches.back()->then = [&, of = &pair](Watch *) {
            of->drainNear();
            ++calls;
        };
        pair.write();
    }
    QTRY_COMPARE(calls, count);
    for (const auto &watch : watches)
        QCOMPARE(watch->readable, 1);
}

ROOKERY_DISPATCHER_TEST_MAIN(TestDescriptorWatch)
#include "tst_net_descriptorwatch.moc"
