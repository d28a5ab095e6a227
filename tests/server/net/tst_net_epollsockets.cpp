// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/epolldispatcher.h"

#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/socketpair.h"

#include <QSignalSpy>
#include <QSocketNotifier>
#include <QTemporaryFile>
#include <QTimer>

#include <memory>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>

using namespace rookery::net;
using namespace rookery::net::test;

namespace {

QAbstractEventDispatcher &dispatcher()
{
    return *QAbstractEventDispatcher::instance();
}

/// One turn that does not wait.
void turn()
{
    dispatcher().processEvents(QEventLoop::AllEvents);
}

/// A notifier that counts.
class Notifier : public QSocketNotifier
{
public:
    Notifier(int descriptor, Type type)
        : QSocketNotifier(descriptor, type)
    {
        connect(this, &QSocketNotifier::activated, this, [this] {
            ++count;
            if (then)
                then();
        });
    }

    int count = 0;
    std::function<void()> then;
};

/// How many turns an event loop makes in 50 ms in which it has nothing to do.
int turnsOfAnIdleLoop()
{
    QEventLoop loop;
    QTimer::singleShot(50, Qt::PreciseTimer, &loop, &QEventLoop::quit);
    QSignalSpy turns(&dispatcher(), &QAbstractEventDispatcher::awake);
    loop.exec();
    return int(turns.size());
}

/// Two connected TCP sockets; the kernel knows no out-of-band data elsewhere.
std::pair<int, int> tcpPair()
{
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto *const generic = reinterpret_cast<sockaddr *>(&address);
    const int far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listening, generic, size) != 0 || ::listen(listening, 1) != 0
        || ::getsockname(listening, generic, &size) != 0 || ::connect(far, generic, size) != 0)
        qFatal("no TCP connection");
    const int near = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    ::close(listening);
    return {near, far};
}

} // namespace

/// Socket notifiers on the EpollDispatcher.
class TestEpollSockets : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void reading();
    void writing();
    void threeOfOneDescriptor();
    void disabled();
    void disabledAndEnabledInOneTurn();
    void readingOffWhileWritingIsOn();
    void hangUp();
    void hangUpWithoutInterest();
    void twoOfOneType();
    void disabledByAnother();
    void deletedByAnother();
    void deletedByItself();
    void nestedLoop();
    void numberTakenAgainInOneTurn();
    void closedWhileRegistered();
    void copyOfAClosedDescriptor();
    void invalidDescriptor();
    void regularFile();
    void movedToAnotherThread();
    void fiveThousand();
};

void TestEpollSockets::initTestCase()
{
    QVERIFY(qobject_cast<EpollDispatcher *>(&dispatcher()));
}

void TestEpollSockets::reading()
{
    const SocketPair pair;
    Notifier notifier(pair.near(), QSocketNotifier::Read);
    turn();
    QCOMPARE(notifier.count, 0);
    pair.write();
    turn();
    QCOMPARE(notifier.count, 1);
    turn(); // nobody has read it
    QCOMPARE(notifier.count, 2);
    pair.drainNear();
    turn();
    QCOMPARE(notifier.count, 2);
}

void TestEpollSockets::writing()
{
    const SocketPair pair;
    pair.fillNear();
    Notifier notifier(pair.near(), QSocketNotifier::Write);
    turn();
    QCOMPARE(notifier.count, 0);
    pair.drainFar();
    turn();
    QCOMPARE(notifier.count, 1);
}

void TestEpollSockets::threeOfOneDescriptor()
{
    const auto [near, far] = tcpPair();
    Notifier reading(near, QSocketNotifier::Read);
    Notifier writing(near, QSocketNotifier::Write);
    Notifier urgent(near, QSocketNotifier::Exception);
    for (Notifier *notifier : {&reading, &urgent})
        notifier->then = [notifier] { notifier->setEnabled(false); };
    turn();
    QCOMPARE(reading.count, 0);
    QCOMPARE(writing.count, 1);
    QCOMPARE(urgent.count, 0);
    writing.setEnabled(false);
    QCOMPARE(::send(far, "x", 1, MSG_OOB), 1);
    QTRY_COMPARE(urgent.count, 1);
    QCOMPARE(reading.count, 0);
    QCOMPARE(::send(far, "y", 1, 0), 1);
    QTRY_COMPARE(reading.count, 1);
    QCOMPARE(writing.count, 1);
    ::close(near);
    ::close(far);
}

void TestEpollSockets::disabled()
{
    const SocketPair pair;
    pair.write();
    Notifier notifier(pair.near(), QSocketNotifier::Read);
    notifier.setEnabled(false);
    turn();
    QCOMPARE(notifier.count, 0);
    notifier.setEnabled(true);
    turn();
    QCOMPARE(notifier.count, 1);
    notifier.setEnabled(false);
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(notifier.count, 1);
}

void TestEpollSockets::disabledAndEnabledInOneTurn()
{
    const SocketPair pair;
    Notifier reading(pair.near(), QSocketNotifier::Read);
    Notifier writing(pair.near(), QSocketNotifier::Write);
    turn();
    for (Notifier *notifier : {&reading, &writing}) {
        notifier->setEnabled(false);
        notifier->setEnabled(true);
    }
    pair.write();
    turn();
    QCOMPARE(reading.count, 1);
    QCOMPARE(writing.count, 2);
}

/// The kernel is not told at once of reading that is switched off, which must not be seen from outside.
void TestEpollSockets::readingOffWhileWritingIsOn()
{
    const SocketPair pair;
    pair.fillNear();
    Notifier reading(pair.near(), QSocketNotifier::Read);
    Notifier writing(pair.near(), QSocketNotifier::Write);
    turn();
    reading.setEnabled(false);
    pair.write();
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(reading.count, 0);
    QCOMPARE(writing.count, 0);
    reading.setEnabled(true);
    turn();
    QCOMPARE(reading.count, 1);
}

void TestEpollSockets::hangUp()
{
    SocketPair pair;
    pair.fillNear();
    Notifier reading(pair.near(), QSocketNotifier::Read);
    Notifier writing(pair.near(), QSocketNotifier::Write);
    Notifier urgent(pair.near(), QSocketNotifier::Exception);
    turn();
    QCOMPARE(reading.count + writing.count + urgent.count, 0);
    pair.closeFar();
    turn();
    QCOMPARE(reading.count, 1);
    QCOMPARE(writing.count, 1);
    QCOMPARE(urgent.count, 1);
}

void TestEpollSockets::hangUpWithoutInterest()
{
    SocketPair pair;
    Notifier reading(pair.near(), QSocketNotifier::Read);
    turn();
    reading.setEnabled(false);
    pair.closeFar(); // which epoll reports for whatever it knows of
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(reading.count, 0);
}

void TestEpollSockets::twoOfOneType()
{
    const SocketPair pair;
    Notifier first(pair.near(), QSocketNotifier::Read);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("Two socket notifiers")));
    Notifier second(pair.near(), QSocketNotifier::Read);
    pair.write();
    turn();
    QCOMPARE(first.count, 0);
    QCOMPARE(second.count, 1);
    first.setEnabled(false); // it is not the one that is registered
    turn();
    QCOMPARE(second.count, 2);
}

void TestEpollSockets::disabledByAnother()
{
    const SocketPair one;
    const SocketPair two;
    Notifier first(one.near(), QSocketNotifier::Read);
    Notifier second(two.near(), QSocketNotifier::Read);
    first.then = [&] { second.setEnabled(false); };
    second.then = [&] { first.setEnabled(false); };
    one.write();
    two.write();
    turn();
    QCOMPARE(first.count + second.count, 1);
}

void TestEpollSockets::deletedByAnother()
{
    const SocketPair one;
    const SocketPair two;
    int activated = 0;
    auto first = std::make_unique<Notifier>(one.near(), QSocketNotifier::Read);
    auto second = std::make_unique<Notifier>(two.near(), QSocketNotifier::Read);
    auto secondsOther = std::make_unique<Notifier>(two.near(), QSocketNotifier::Write);
    first->then = [&] {
        ++activated;
        second.reset();
        secondsOther.reset();
    };
    second->then = [&] {
        ++activated;
        first.reset();
        secondsOther.reset();
    };
    secondsOther->setEnabled(false);
    turn();
    secondsOther->setEnabled(true);
    secondsOther->then = [&] { ++activated; };
    one.write();
    two.write();
    turn();
    QCOMPARE(activated, 1);
}

void TestEpollSockets::deletedByItself()
{
    const SocketPair pair;
    auto reading = std::make_unique<Notifier>(pair.near(), QSocketNotifier::Read);
    Notifier writing(pair.near(), QSocketNotifier::Write);
    int activated = 0;
    reading->then = [&] {
        ++activated;
        reading.reset();
    };
    pair.write();
    turn();
    QCOMPARE(activated, 1);
    QCOMPARE(writing.count, 1);
    turn();
    QCOMPARE(activated, 1);
}

/// The rest of a batch is not lost, nor handled twice, when one of its handlers runs an event loop.
void TestEpollSockets::nestedLoop()
{
    std::vector<SocketPair> pairs;
    std::vector<std::unique_ptr<Notifier>> notifiers;
    QEventLoop *running = nullptr;
    int activated = 0;
    constexpr int count = 5;
    for (int i = 0; i < count; ++i) {
        const SocketPair &pair = pairs.emplace_back();
        pair.write();
        notifiers.push_back(std::make_unique<Notifier>(pair.near(), QSocketNotifier::Read));
        notifiers.back()->then = [&, i] {
            pairs[size_t(i)].drainNear();
            ++activated;
            if (activated == count && running) {
                running->quit();
            } else if (!running) {
                QEventLoop loop;
                running = &loop;
                loop.exec();
            }
        };
    }
    turn();
    QCOMPARE(activated, count);
    for (const auto &notifier : notifiers)
        QCOMPARE(notifier->count, 1);
}

void TestEpollSockets::numberTakenAgainInOneTurn()
{
    SocketPair one;
    const SocketPair two;
    const SocketPair three;
    // The handler of one event of the batch gives the number of the other's descriptor to something else.
    auto first = std::make_unique<Notifier>(one.near(), QSocketNotifier::Read);
    std::unique_ptr<Notifier> second;
    int number = -1;
    const auto replace = [&] {
        if (second)
            return;
        number = one.near();
        first.reset();
        QCOMPARE(::dup3(three.near(), number, O_CLOEXEC), number);
        second = std::make_unique<Notifier>(number, QSocketNotifier::Read);
    };
    Notifier other(two.near(), QSocketNotifier::Read);
    other.then = [&] {
        two.drainNear();
        replace();
    };
    two.write();
    one.write();
    turn();
    QVERIFY(second);
    QCOMPARE(second->count, 0);
    turn();
    QCOMPARE(second->count, 0);
    three.write();
    turn();
    QCOMPARE(second->count, 1);

    // Disabled, closed, opened and enabled with nothing in between that waits.
    const SocketPair four;
    second->setEnabled(false);
    QCOMPARE(::dup3(four.near(), number, O_CLOEXEC), number);
    second->setEnabled(true);
    turn();
    QCOMPARE(second->count, 1);
    four.write();
    turn();
    QCOMPARE(second->count, 2);
}

void TestEpollSockets::closedWhileRegistered()
{
    SocketPair pair;
    const SocketPair other;
    pair.write();
    const int number = pair.near();
    auto notifier = std::make_unique<Notifier>(number, QSocketNotifier::Read);
    turn();
    QCOMPARE(notifier->count, 1);
    pair.closeNear();
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(notifier->count, 1);

    // Its number is taken by something that is registered for something else as well.
    QCOMPARE(::dup3(other.near(), number, O_CLOEXEC), number);
    Notifier writing(number, QSocketNotifier::Write);
    turn();
    QCOMPARE(writing.count, 1);
    notifier.reset();
    turn();
    QCOMPARE(writing.count, 2);
    writing.setEnabled(false);
    ::close(number);
}

/// What was closed before it was disabled lives on in a copy, as one in a child process would be, and is
/// reported under a name that the kernel does not know any more.
void TestEpollSockets::copyOfAClosedDescriptor()
{
    SocketPair pair;
    const SocketPair other;
    auto notifier = std::make_unique<Notifier>(pair.near(), QSocketNotifier::Read);
    Notifier still(other.near(), QSocketNotifier::Read);
    turn();
    const int copy = ::dup(pair.near());
    pair.closeNear();
    notifier.reset();
    pair.write();
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(still.count, 0);
    other.write();
    turn();
    QCOMPARE(still.count, 1);
    bool posted = false;
    QThread *const thread = QThread::create([&] {
        QMetaObject::invokeMethod(
            this, [&] { posted = true; }, Qt::QueuedConnection);
    });
    thread->start();
    QTRY_VERIFY(posted);
    thread->wait();
    delete thread;
    ::close(copy);
}

void TestEpollSockets::invalidDescriptor()
{
    SocketPair pair;
    const int number = pair.near();
    pair.closeNear();
    Notifier notifier(number, QSocketNotifier::Read);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("is watched, but closed")));
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(notifier.count, 0);
}

/// epoll takes no files; with poll() they are always ready.
void TestEpollSockets::regularFile()
{
    QTemporaryFile file;
    QVERIFY(file.open());
    const SocketPair pair;
    Notifier onFile(file.handle(), QSocketNotifier::Read);
    Notifier onSocket(pair.near(), QSocketNotifier::Read);
    QVERIFY(dispatcher().processEvents(QEventLoop::WaitForMoreEvents));
    QCOMPARE(onFile.count, 1);
    pair.write();
    turn();
    QCOMPARE(onFile.count, 2);
    QCOMPARE(onSocket.count, 1);
    pair.drainNear();
    onFile.setEnabled(false);
    QVERIFY(turnsOfAnIdleLoop() < 5);
    QCOMPARE(onFile.count, 2);
    onFile.setEnabled(true);
    turn();
    QCOMPARE(onFile.count, 3);
}

void TestEpollSockets::movedToAnotherThread()
{
    const SocketPair pair;
    QThread thread;
    thread.setEventDispatcher(EpollDispatcher::make().release());
    auto *const notifier = new QSocketNotifier(pair.near(), QSocketNotifier::Read);
    std::atomic<QThread *> activatedOn = nullptr;
    connect(
        notifier, &QSocketNotifier::activated, notifier,
        [&] {
            activatedOn = QThread::currentThread();
            notifier->setEnabled(false);
        },
        Qt::DirectConnection);
    turn();
    notifier->moveToThread(&thread);
    connect(&thread, &QThread::finished, notifier, &QObject::deleteLater);
    thread.start();
    pair.write();
    QTRY_COMPARE(activatedOn.load(), &thread);
    thread.quit();
    QVERIFY(thread.wait());
}

void TestEpollSockets::fiveThousand()
{
    constexpr size_t count = 5000;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    QVERIFY(limit.rlim_cur > 2 * count + 100);

    std::vector<SocketPair> pairs(count);
    std::vector<std::unique_ptr<Notifier>> notifiers;
    for (const SocketPair &pair : pairs)
        notifiers.push_back(std::make_unique<Notifier>(pair.near(), QSocketNotifier::Read));
    turn();
    pairs[4321].write();
    turn();
    QCOMPARE(notifiers[4321]->count, 1);
    pairs[4321].drainNear();

    // All of them at once, each handled once; timers and posted events have their turns in between.
    int handled = 0;
    int handledAtTimer = -1;
    int handledAtPosted = -1;
    for (size_t i = 0; i < count; ++i) {
        notifiers[i]->then = [&, i] {
            pairs[i].drainNear();
            ++handled;
        };
        pairs[i].write();
    }
    QTimer timer;
    timer.callOnTimeout(&timer, [&] {
        if (handledAtTimer < 0)
            handledAtTimer = handled;
        QMetaObject::invokeMethod(
            &timer,
            [&] {
                if (handledAtPosted < 0)
                    handledAtPosted = handled;
            },
            Qt::QueuedConnection);
    });
    timer.start(0);
    QTRY_COMPARE(handled, int(count));
    QVERIFY(handledAtTimer > 0);
    QVERIFY(handledAtTimer < int(count));
    QVERIFY(handledAtPosted < int(count));
    for (size_t i = 0; i < count; ++i)
        QCOMPARE(notifiers[i]->count, i == 4321 ? 2 : 1);
}

ROOKERY_DISPATCHER_TEST_MAIN(TestEpollSockets)
#include "tst_net_epollsockets.moc"
