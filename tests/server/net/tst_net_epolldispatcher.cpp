// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/epolldispatcher.h"

#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/socketpair.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QSignalSpy>
#include <QSocketNotifier>
#include <QTcpServer>
#include <QTcpSocket>
#include <QThread>
#include <QTimer>

#include <atomic>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

using namespace rookery::net;
using namespace rookery::net::test;

namespace {

QAbstractEventDispatcher &dispatcher()
{
    return *QAbstractEventDispatcher::instance();
}

/// A thread with its own dispatcher and an object to post work to.
class Worker
{
public:
    Worker()
    {
        m_thread.setEventDispatcher(EpollDispatcher::make().release());
        context.moveToThread(&m_thread);
        m_thread.start();
    }
    ~Worker()
    {
        m_thread.quit();
        m_thread.wait();
    }
    template <typename Do>
    void run(Do action)
    {
        QMetaObject::invokeMethod(&context, action, Qt::QueuedConnection);
    }
    QThread &thread() { return m_thread; }

    QObject context;

private:
    QThread m_thread;
};

/// How often the main thread was woken by a write to its descriptor, which nobody ever reads. Before the
/// first call there must be no other event descriptors.
quint64 wakeUpsWritten()
{
    static const QString path = [] {
        const auto all = QDir(QStringLiteral("/proc/self/fd")).entryInfoList(QDir::Files | QDir::System);
        for (const QFileInfo &each : all) {
            char target[64] = {};
            if (::readlink(each.filePath().toLocal8Bit().constData(), target, sizeof target - 1) > 0
                && qstrcmp(target, "anon_inode:[eventfd]") == 0)
                return QStringLiteral("/proc/self/fdinfo/") + each.fileName();
        }
        return QString();
    }();
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray info = file.readAll();
    const QByteArray name("eventfd-count:");
    const qsizetype at = info.indexOf(name) + name.size();
    return info.mid(at, info.indexOf('\n', at) - at).trimmed().toULongLong(nullptr, 16);
}

} // namespace

/// Waking, waiting, interrupting and fairness of the EpollDispatcher, and Qt's own classes on it.
class TestEpollDispatcher : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void postsFromItsOwnThreadAreFree();
    void postsFromAnotherThread();
    void manyPostersLoseNothing();
    void whatWasDoneBeforeAPostIsSeen();
    void postedBeforeABytes();
    void waits();
    void waitsForATimerOnly();
    void doesNotSleepOnWhatWasPostedInAboutToBlock();
    void interruptFromAnotherThread();
    void interruptFromAHandler();
    void excludedSockets();
    void answersWhetherAnythingWasDone();
    void postedEventsDoNotStarveTheRest();
    void socketsDoNotStarveTheRest();
    void nestedLoops();
    void deferredDelete();

    void tcpBetweenThreads();
    void process();
    void queuedConnections();
    void blockingCalls();
    void quitBeforeAndDuringTheLoop();
    void severalLives();
};

void TestEpollDispatcher::postsFromItsOwnThreadAreFree()
{
    int handled = 0;
    for (int i = 0; i < 10; ++i)
        QMetaObject::invokeMethod(
            this, [&] { ++handled; }, Qt::QueuedConnection);
    QTRY_COMPARE(handled, 10);
    const quint64 before = wakeUpsWritten();
    for (int i = 0; i < 10; ++i) {
        QMetaObject::invokeMethod(
            this, [&] { ++handled; }, Qt::QueuedConnection);
        QVERIFY(dispatcher().processEvents(QEventLoop::WaitForMoreEvents));
        QCOMPARE(handled, 11 + i);
    }
    QEventLoop loop;
    QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection);
    loop.exec();
    QCOMPARE(wakeUpsWritten(), before);
}

void TestEpollDispatcher::postsFromAnotherThread()
{
    const quint64 before = wakeUpsWritten();
    bool handled = false;
    std::thread thread([&] {
        QMetaObject::invokeMethod(
            this, [&] { handled = true; }, Qt::QueuedConnection);
    });
    QEventLoop loop;
    while (!handled)
        loop.processEvents(QEventLoop::WaitForMoreEvents);
    thread.join();
    QCOMPARE(wakeUpsWritten(), before + 1);

    // Until they are looked at, one write is enough for any number.
    handled = false;
    std::thread([&] {
        for (int i = 0; i < 100; ++i)
            QMetaObject::invokeMethod(
                this, [&] { handled = true; }, Qt::QueuedConnection);
    }).join();
    QCOMPARE(wakeUpsWritten(), before + 2);
    loop.processEvents();
    QVERIFY(handled);
}

void TestEpollDispatcher::manyPostersLoseNothing()
{
    constexpr int posters = 4;
    constexpr int posts = 20'000;
    int handled = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < posters; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < posts; ++n)
                QMetaObject::invokeMethod(
                    this, [&] { ++handled; }, Qt::QueuedConnection);
        });
    }
    // No timer and nothing else: were one wake-up lost, this would wait for ever.
    while (handled < posters * posts)
        dispatcher().processEvents(QEventLoop::WaitForMoreEvents);
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(handled, posters * posts);
}

/// Without any lock: that wakeUp() releases and the turn acquires is what a sanitizer looks at here.
void TestEpollDispatcher::whatWasDoneBeforeAPostIsSeen()
{
    QAbstractEventDispatcher *const main = &dispatcher();
    while (dispatcher().processEvents(QEventLoop::AllEvents)) { } // what another test has left
    for (int i = 0; i < 1000; ++i) {
        std::vector<int> plain;
        std::thread thread([&] {
            plain.assign(10, i);
            main->wakeUp();
        });
        // Waits for the wake-up itself, not for the thread.
        while (!dispatcher().processEvents(QEventLoop::WaitForMoreEvents)) { }
        QCOMPARE(plain.back(), i);
        thread.join();
    }
}

/// A session made on another thread must be known before its first request is read: what was posted before
/// the byte was written comes first.
void TestEpollDispatcher::postedBeforeABytes()
{
    constexpr int rounds = 3000;
    const SocketPair pair;
    QSocketNotifier notifier(pair.near(), QSocketNotifier::Read);
    std::counting_semaphore<1> next(0);
    int known = 0;
    int read = 0;
    int unknown = 0;
    connect(&notifier, &QSocketNotifier::activated, this, [&] {
        pair.drainNear();
        if (known != ++read)
            ++unknown;
        next.release();
    });
    std::thread thread([&] {
        for (int i = 0; i < rounds; ++i) {
            QMetaObject::invokeMethod(
                this, [&] { ++known; }, Qt::QueuedConnection);
            pair.write();
            next.acquire();
        }
    });
    while (read < rounds)
        dispatcher().processEvents(QEventLoop::WaitForMoreEvents);
    thread.join();
    QCOMPARE(unknown, 0);
}

void TestEpollDispatcher::waits()
{
    QSignalSpy awake(&dispatcher(), &QAbstractEventDispatcher::awake);
    QSignalSpy blocking(&dispatcher(), &QAbstractEventDispatcher::aboutToBlock);
    QVERIFY(!dispatcher().processEvents(QEventLoop::AllEvents));
    QCOMPARE(awake.size(), 1);
    QCOMPARE(blocking.size(), 0);

    std::atomic<bool> written = false;
    const SocketPair pair;
    QSocketNotifier notifier(pair.near(), QSocketNotifier::Read);
    connect(&notifier, &QSocketNotifier::activated, this, [&] { pair.drainNear(); });
    std::thread thread([&] {
        QThread::msleep(20);
        written = true;
        pair.write();
    });
    QVERIFY(dispatcher().processEvents(QEventLoop::WaitForMoreEvents));
    QVERIFY(written);
    QCOMPARE(blocking.size(), 1);
    thread.join();
}

void TestEpollDispatcher::waitsForATimerOnly()
{
    QElapsedTimer elapsed;
    elapsed.start();
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    timer.setSingleShot(true);
    bool fired = false;
    connect(&timer, &QTimer::timeout, this, [&] { fired = true; });
    timer.start(30);
    int turns = 0;
    while (!fired) {
        dispatcher().processEvents(QEventLoop::WaitForMoreEvents);
        ++turns;
    }
    QVERIFY(elapsed.elapsed() >= 30);
    QCOMPARE(turns, 1);
}

void TestEpollDispatcher::doesNotSleepOnWhatWasPostedInAboutToBlock()
{
    bool handled = false;
    const auto connection = connect(&dispatcher(), &QAbstractEventDispatcher::aboutToBlock, this, [&] {
        QMetaObject::invokeMethod(
            this, [&] { handled = true; }, Qt::QueuedConnection);
    });
    QVERIFY(dispatcher().processEvents(QEventLoop::WaitForMoreEvents)); // for ever otherwise
    disconnect(connection);
    dispatcher().processEvents(QEventLoop::AllEvents);
    QVERIFY(handled);
}

void TestEpollDispatcher::interruptFromAnotherThread()
{
    QAbstractEventDispatcher *const main = &dispatcher();
    std::atomic<bool> interrupted = false;
    std::thread thread([&] {
        QThread::msleep(20);
        interrupted = true;
        main->interrupt();
    });
    dispatcher().processEvents(QEventLoop::WaitForMoreEvents);
    QVERIFY(interrupted);
    thread.join();
}

void TestEpollDispatcher::interruptFromAHandler()
{
    QMetaObject::invokeMethod(
        this, [] { dispatcher().interrupt(); }, Qt::QueuedConnection);
    QVERIFY(!dispatcher().processEvents(QEventLoop::WaitForMoreEvents));
}

void TestEpollDispatcher::excludedSockets()
{
    const SocketPair pair;
    pair.write();
    QSocketNotifier notifier(pair.near(), QSocketNotifier::Read);
    int read = 0;
    connect(&notifier, &QSocketNotifier::activated, this, [&] {
        pair.drainNear();
        ++read;
    });
    dispatcher().processEvents(QEventLoop::ExcludeSocketNotifiers);
    QCOMPARE(read, 0);

    // It waits for timers and posted events all the same, and is not kept awake by the socket.
    QSignalSpy awake(&dispatcher(), &QAbstractEventDispatcher::awake);
    bool done = false;
    QTimer::singleShot(20, Qt::PreciseTimer, this, [&] { done = true; });
    while (!done)
        dispatcher().processEvents(QEventLoop::ExcludeSocketNotifiers | QEventLoop::WaitForMoreEvents);
    QVERIFY(awake.size() < 5);
    done = false;
    std::thread thread([&] {
        QThread::msleep(20);
        QMetaObject::invokeMethod(
            this, [&] { done = true; }, Qt::QueuedConnection);
    });
    awake.clear();
    while (!done)
        dispatcher().processEvents(QEventLoop::ExcludeSocketNotifiers | QEventLoop::WaitForMoreEvents);
    thread.join();
    QVERIFY(awake.size() < 5);
    QCOMPARE(read, 0);
    dispatcher().processEvents(QEventLoop::AllEvents);
    QCOMPARE(read, 1);
}

void TestEpollDispatcher::answersWhetherAnythingWasDone()
{
    QVERIFY(!dispatcher().processEvents(QEventLoop::AllEvents));
    QMetaObject::invokeMethod(
        this, [] {}, Qt::QueuedConnection);
    QVERIFY(dispatcher().processEvents(QEventLoop::AllEvents));
    QVERIFY(!dispatcher().processEvents(QEventLoop::AllEvents));
    // One that posts another: there is more to do.
    QMetaObject::invokeMethod(
        this,
        [this] {
            QMetaObject::invokeMethod(
                this, [] {}, Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
    QVERIFY(dispatcher().processEvents(QEventLoop::AllEvents));
    QVERIFY(dispatcher().processEvents(QEventLoop::AllEvents));
    QVERIFY(!dispatcher().processEvents(QEventLoop::AllEvents));
}

void TestEpollDispatcher::postedEventsDoNotStarveTheRest()
{
    const SocketPair pair;
    pair.write();
    QSocketNotifier notifier(pair.near(), QSocketNotifier::Read);
    bool read = false;
    bool fired = false;
    connect(&notifier, &QSocketNotifier::activated, this, [&] {
        pair.drainNear();
        read = true;
    });
    QTimer::singleShot(5, Qt::PreciseTimer, this, [&] { fired = true; });
    int posts = 0;
    std::function<void()> again = [&] {
        ++posts;
        if (!read || !fired)
            QMetaObject::invokeMethod(this, again, Qt::QueuedConnection);
    };
    again();
    QTRY_VERIFY(read && fired);
    QVERIFY(posts > 1);
}

void TestEpollDispatcher::socketsDoNotStarveTheRest()
{
    const SocketPair pair;
    pair.write(); // and nobody reads it
    QSocketNotifier notifier(pair.near(), QSocketNotifier::Read);
    bool fired = false;
    bool posted = false;
    QTimer::singleShot(5, Qt::PreciseTimer, this, [&] { fired = true; });
    std::thread thread([&] {
        QMetaObject::invokeMethod(
            this, [&] { posted = true; }, Qt::QueuedConnection);
    });
    QTRY_VERIFY(fired && posted);
    thread.join();
}

void TestEpollDispatcher::nestedLoops()
{
    QList<int> order;
    QEventLoop outer;
    QTimer::singleShot(0, this, [&] {
        QEventLoop inner;
        QTimer::singleShot(1, this, [&] {
            order.append(1);
            inner.quit();
        });
        inner.exec();
        order.append(2);
        outer.quit();
    });
    outer.exec();
    QCOMPARE(order, (QList<int>{1, 2}));
}

void TestEpollDispatcher::deferredDelete()
{
    QPointer<QObject> object = new QObject;
    QEventLoop loop;
    connect(object, &QObject::destroyed, &loop, &QEventLoop::quit);
    QTimer::singleShot(0, object, &QObject::deleteLater);
    loop.exec();
    QVERIFY(!object);
}

void TestEpollDispatcher::tcpBetweenThreads()
{
    Worker worker;
    std::atomic<quint16> port = 0;
    worker.run([&] {
        auto *const server = new QTcpServer(&worker.context);
        connect(server, &QTcpServer::newConnection, server, [server] {
            while (QTcpSocket *const socket = server->nextPendingConnection()) {
                connect(
                    socket, &QTcpSocket::readyRead, socket, [socket] { socket->write(socket->readAll()); });
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
        server->listen(QHostAddress::LocalHost);
        port = server->serverPort();
    });
    QTRY_VERIFY(port != 0);
    const QByteArray sent(1'000'000, 'x');
    for (int i = 0; i < 3; ++i) {
        QTcpSocket client;
        QByteArray received;
        connect(&client, &QTcpSocket::readyRead, &client, [&] { received += client.readAll(); });
        client.connectToHost(QHostAddress::LocalHost, port);
        client.write(sent);
        QTRY_COMPARE(received.size(), sent.size());
        QCOMPARE(received, sent);
        client.disconnectFromHost();
        QTRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
    }
    QTcpSocket refused;
    QTcpServer closed;
    QVERIFY(closed.listen(QHostAddress::LocalHost));
    const quint16 nobody = closed.serverPort();
    closed.close();
    refused.connectToHost(QHostAddress::LocalHost, nobody);
    QTRY_COMPARE(refused.error(), QAbstractSocket::ConnectionRefusedError);
}

void TestEpollDispatcher::process()
{
    QProcess process;
    QSignalSpy finished(&process, &QProcess::finished);
    QByteArray output;
    connect(&process, &QProcess::readyReadStandardOutput, this,
        [&] { output += process.readAllStandardOutput(); });
    process.start(QStringLiteral("cat"), QStringList());
    process.write("some words\n");
    QTRY_COMPARE(output, "some words\n");
    process.closeWriteChannel();
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(process.exitCode(), 0);
}

void TestEpollDispatcher::queuedConnections()
{
    Worker worker;
    constexpr int rounds = 5000;
    int done = 0;
    std::function<void()> round = [&] {
        worker.run([&] {
            QMetaObject::invokeMethod(
                this,
                [&] {
                    if (++done < rounds)
                        round();
                },
                Qt::QueuedConnection);
        });
    };
    round();
    while (done < rounds)
        dispatcher().processEvents(QEventLoop::WaitForMoreEvents);
    QCOMPARE(done, rounds);
}

void TestEpollDispatcher::blockingCalls()
{
    Worker worker;
    for (int i = 0; i < 1000; ++i) {
        QThread *ranOn = nullptr;
        QMetaObject::invokeMethod(
            &worker.context, [&] { ranOn = QThread::currentThread(); }, Qt::BlockingQueuedConnection);
        QCOMPARE(ranOn, &worker.thread());
    }
}

void TestEpollDispatcher::quitBeforeAndDuringTheLoop()
{
    for (int i = 0; i < 200; ++i) {
        QThread thread;
        thread.setEventDispatcher(EpollDispatcher::make().release());
        thread.start();
        if (i % 2)
            QThread::usleep(unsigned(i));
        thread.quit();
        QVERIFY(thread.wait(20'000));
    }
}

void TestEpollDispatcher::severalLives()
{
    // What is left when a thread ends, such as notifiers and timers of objects that live on, harms nobody.
    const SocketPair pair;
    auto *const timer = new QTimer;
    auto *const notifier = new QSocketNotifier(pair.near(), QSocketNotifier::Read);
    {
        Worker worker;
        notifier->setEnabled(false);
        timer->moveToThread(&worker.thread());
        notifier->moveToThread(&worker.thread());
        std::atomic<bool> started = false;
        QMetaObject::invokeMethod(timer, [&] {
            timer->start(1);
            notifier->setEnabled(true);
            started = true;
        });
        QTRY_VERIFY(started);
    }
    delete notifier;
    // Qt complains of an object that is deleted elsewhere, in words of its own; what counts is that there is
    // no dispatcher any more.
    const auto handler =
        qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {});
    delete timer;
    qInstallMessageHandler(handler);
}

ROOKERY_DISPATCHER_TEST_MAIN(TestEpollDispatcher)
#include "tst_net_epolldispatcher.moc"
