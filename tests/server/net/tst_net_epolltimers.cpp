// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/epolldispatcher.h"

#include "tests/server/net/dispatchermain.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QThread>
#include <QTimer>
#include <QTimerEvent>

#include <atomic>
#include <functional>
#include <memory>

using namespace rookery::net;
using namespace std::chrono_literals;

namespace {

QAbstractEventDispatcher &dispatcher()
{
    return *QAbstractEventDispatcher::instance();
}

void turn()
{
    dispatcher().processEvents(QEventLoop::AllEvents);
}

/// An object that handles its timers itself.
class Timed : public QObject
{
public:
    std::function<void(int id)> then;

protected:
    void timerEvent(QTimerEvent *event) override { then(event->timerId()); }
};

} // namespace

/// Timers on the EpollDispatcher, and on its TimerQueue, whose clock the test sets.
class TestEpollTimers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void accuracy_data();
    void accuracy();
    void repeats();
    void inOrder();
    void missedTimesAreOne();
    void keepsItsPace();
    void coarseOnesShareAWakeUp();
    void remaining();
    void registered();
    void killedInItsOwnEvent();
    void killedByAnother();
    void startedAgainInItsOwnEvent();
    void objectDeletedInItsOwnEvent();
    void notWhileItIsHandled();
    void ofZero();
    void movedToAnotherThread();
    void excluded();
    void singleShot();
    void wrongArguments();
};

void TestEpollTimers::accuracy_data()
{
    QTest::addColumn<Qt::TimerType>("type");
    QTest::addColumn<int>("interval");
    QTest::addColumn<int>("late");
    QTest::newRow("precise, 1 ms") << Qt::PreciseTimer << 1 << 0;
    QTest::newRow("precise, 1 min") << Qt::PreciseTimer << 60'000 << 0;
    QTest::newRow("coarse, 10 ms") << Qt::CoarseTimer << 10 << 0;
    QTest::newRow("coarse, 100 ms") << Qt::CoarseTimer << 100 << 5;
    QTest::newRow("coarse, 1 s") << Qt::CoarseTimer << 1000 << 50;
    QTest::newRow("coarse, 1 h") << Qt::CoarseTimer << 3'600'000 << 180'000;
    QTest::newRow("very coarse, 3 s") << Qt::VeryCoarseTimer << 3000 << 1000;
}

void TestEpollTimers::accuracy()
{
    QFETCH(Qt::TimerType, type);
    QFETCH(int, interval);
    QFETCH(int, late);
    const std::chrono::milliseconds asked(interval);
    for (auto start = TimerQueue::Clock::time_point(1h); start < TimerQueue::Clock::time_point(1h + 3s);
         start += 12'345'678ns) {
        TimerQueue queue;
        queue.add(1, asked, type, this, start);
        const auto left = queue.untilFirst(start);
        QVERIFY(left);
        QVERIFY2(*left >= asked, qPrintable(QString::number(left->count())));
        QVERIFY2(*left <= asked + std::chrono::milliseconds(late) + 1ms,
            qPrintable(QString::number(left->count())));
    }
}

void TestEpollTimers::repeats()
{
    for (const auto type : {Qt::PreciseTimer, Qt::CoarseTimer}) {
        QElapsedTimer elapsed;
        elapsed.start();
        QTimer timer;
        timer.setTimerType(type);
        timer.setInterval(20);
        int count = 0;
        connect(&timer, &QTimer::timeout, &timer, [&] {
            if (++count == 5)
                timer.stop();
        });
        timer.start();
        QTRY_COMPARE(count, 5);
        QVERIFY(elapsed.elapsed() >= 100);
    }
}

void TestEpollTimers::inOrder()
{
    Timed timed;
    QList<int> fired;
    const int last = timed.startTimer(30, Qt::PreciseTimer);
    const int second = timed.startTimer(10, Qt::PreciseTimer);
    const int third = timed.startTimer(10, Qt::PreciseTimer);
    const int first = timed.startTimer(0, Qt::PreciseTimer);
    timed.then = [&](int id) {
        timed.killTimer(id);
        fired.append(id);
    };
    QTRY_COMPARE(fired, (QList<int>{first, second, third, last}));
}

void TestEpollTimers::missedTimesAreOne()
{
    const TimerQueue::Clock::time_point start(1h);
    TimerQueue queue;
    Timed timed;
    int count = 0;
    timed.then = [&](int) { ++count; };
    queue.add(1, 10ms, Qt::PreciseTimer, &timed, start);
    QCOMPARE(queue.activate(start + 9ms), 0);
    QCOMPARE(queue.activate(start + 95ms), 1);
    QCOMPARE(queue.activate(start + 95ms), 0);
    QCOMPARE(count, 1);
    QCOMPARE(*queue.untilFirst(start + 95ms), 10ms);
}

void TestEpollTimers::keepsItsPace()
{
    const TimerQueue::Clock::time_point start(1h);
    TimerQueue queue;
    Timed timed;
    timed.then = [](int) {};
    queue.add(1, 100ms, Qt::PreciseTimer, &timed, start);
    for (int i = 1; i < 20; ++i) // each is handled a little late
        QCOMPARE(queue.activate(start + i * 100ms + 7ms), 1);
    QCOMPARE(*queue.untilFirst(start + 1907ms), 93ms);
}

void TestEpollTimers::coarseOnesShareAWakeUp()
{
    const TimerQueue::Clock::time_point start(1h + 1ms);
    TimerQueue queue;
    Timed timed;
    timed.then = [](int) {};
    for (int i = 0; i < 10; ++i)
        queue.add(i + 1, 1000ms, Qt::CoarseTimer, &timed, start + i * 1ms);
    QCOMPARE(queue.activate(start + *queue.untilFirst(start)), 10);
}

void TestEpollTimers::remaining()
{
    Timed timed;
    timed.then = [](int) {};
    const int id = timed.startTimer(10'000, Qt::PreciseTimer);
    const int left = dispatcher().remainingTime(id);
    QVERIFY(left > 9'000);
    QVERIFY(left <= 10'000);
    timed.killTimer(id);
    QCOMPARE(dispatcher().remainingTime(id), -1);
    const int overdue = timed.startTimer(1, Qt::PreciseTimer);
    QTest::qSleep(3);
    QCOMPARE(dispatcher().remainingTime(overdue), 0);
}

void TestEpollTimers::registered()
{
    Timed timed;
    timed.then = [](int) {};
    Timed other;
    other.then = [](int) {};
    const int one = timed.startTimer(1000, Qt::PreciseTimer);
    const int two = timed.startTimer(2000, Qt::VeryCoarseTimer);
    other.startTimer(1000);
    auto timers = dispatcher().registeredTimers(&timed);
    QCOMPARE(timers.size(), 2);
    std::ranges::sort(timers, {}, &QAbstractEventDispatcher::TimerInfo::interval);
    QCOMPARE(timers[0].timerId, one);
    QCOMPARE(timers[0].timerType, Qt::PreciseTimer);
    QCOMPARE(timers[1].timerId, two);
    QCOMPARE(timers[1].interval, 2000);
    QVERIFY(dispatcher().unregisterTimers(&timed));
    QVERIFY(!dispatcher().unregisterTimers(&timed));
    QVERIFY(dispatcher().registeredTimers(&timed).isEmpty());
    QCOMPARE(dispatcher().registeredTimers(&other).size(), 1);
}

void TestEpollTimers::killedInItsOwnEvent()
{
    Timed timed;
    int count = 0;
    timed.startTimer(0);
    timed.then = [&](int id) {
        ++count;
        timed.killTimer(id);
    };
    for (int i = 0; i < 3; ++i)
        turn();
    QCOMPARE(count, 1);
}

void TestEpollTimers::killedByAnother()
{
    Timed timed;
    int count = 0;
    const int one = timed.startTimer(1, Qt::PreciseTimer);
    const int two = timed.startTimer(1, Qt::PreciseTimer);
    timed.then = [&](int) {
        ++count;
        timed.killTimer(one);
        timed.killTimer(two);
    };
    QTest::qSleep(5); // both are due
    turn();
    turn();
    QCOMPARE(count, 1);
}

void TestEpollTimers::startedAgainInItsOwnEvent()
{
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    int count = 0;
    connect(&timer, &QTimer::timeout, &timer, [&] {
        if (++count < 3)
            timer.start(count * 10);
        else
            timer.stop();
    });
    QElapsedTimer elapsed;
    elapsed.start();
    timer.start(1);
    QTRY_COMPARE(count, 3);
    QVERIFY(elapsed.elapsed() >= 31);
    turn();
    QCOMPARE(count, 3);
}

void TestEpollTimers::objectDeletedInItsOwnEvent()
{
    auto timed = std::make_unique<Timed>();
    int count = 0;
    timed->startTimer(0);
    timed->startTimer(0);
    auto *const raw = timed.get();
    raw->then = [&](int) {
        ++count;
        const auto keepsTheFunction = std::move(raw->then);
        timed.reset();
    };
    for (int i = 0; i < 3; ++i)
        turn();
    QCOMPARE(count, 1);
}

/// A loop inside the handler neither enters it again nor spins because it is due.
void TestEpollTimers::notWhileItIsHandled()
{
    Timed timed;
    int depth = 0;
    int deepest = 0;
    qsizetype turns = 0;
    timed.startTimer(1, Qt::PreciseTimer);
    timed.then = [&](int id) {
        deepest = std::max(deepest, ++depth);
        QEventLoop loop;
        QTimer::singleShot(50, Qt::PreciseTimer, &loop, &QEventLoop::quit);
        QSignalSpy awakenings(&dispatcher(), &QAbstractEventDispatcher::awake);
        loop.exec();
        turns = awakenings.size();
        --depth;
        timed.killTimer(id);
    };
    QTRY_COMPARE(deepest, 1);
    QCOMPARE(depth, 0);
    QVERIFY(turns < 5);
}

void TestEpollTimers::ofZero()
{
    Timed timed;
    int fired = 0;
    int posted = 0;
    const int id = timed.startTimer(0);
    timed.then = [&](int) {
        ++fired;
        QMetaObject::invokeMethod(
            &timed, [&] { ++posted; }, Qt::QueuedConnection);
    };
    for (int i = 1; i <= 10; ++i) {
        QVERIFY(dispatcher().processEvents(QEventLoop::WaitForMoreEvents));
        QCOMPARE(fired, i);
        QCOMPARE(posted, i - 1);
    }
    timed.killTimer(id);
}

void TestEpollTimers::movedToAnotherThread()
{
    QThread thread;
    thread.setEventDispatcher(EpollDispatcher::make().release());
    auto *const timer = new QTimer;
    std::atomic<QThread *> firedOn = nullptr;
    connect(
        timer, &QTimer::timeout, timer, [&] { firedOn = QThread::currentThread(); }, Qt::DirectConnection);
    timer->start(5);
    timer->moveToThread(&thread);
    connect(&thread, &QThread::finished, timer, &QObject::deleteLater);
    QTest::qSleep(10);
    turn();
    QCOMPARE(firedOn.load(), nullptr);
    thread.start();
    QTRY_COMPARE(firedOn.load(), &thread);
    thread.quit();
    QVERIFY(thread.wait());
}

void TestEpollTimers::excluded()
{
    Timed timed;
    int count = 0;
    timed.startTimer(0);
    timed.then = [&](int) { ++count; };
    QVERIFY(!dispatcher().processEvents(QEventLoop::X11ExcludeTimers));
    QCOMPARE(count, 0);
    turn();
    QCOMPARE(count, 1);
}

void TestEpollTimers::singleShot()
{
    bool done = false;
    QTimer::singleShot(5, this, [&] { done = true; });
    QTRY_VERIFY(done);
    done = false;
    QTimer::singleShot(0, this, [&] { done = true; });
    QTRY_VERIFY(done);
}

void TestEpollTimers::wrongArguments()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("invalid arguments")));
    dispatcher().registerTimer(0, 10, Qt::PreciseTimer, this);
    QVERIFY(!dispatcher().unregisterTimer(12'345));
}

ROOKERY_DISPATCHER_TEST_MAIN(TestEpollTimers)
#include "tst_net_epolltimers.moc"
