// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/acceptor.h"

#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/socketpair.h"
#include "tests/server/net/testserver.h"
#include "tests/support/eventthread.h"
#include "tests/wire/rawclient.h"

#include <QElapsedTimer>
#include <QHttpServer>
#include <QSignalSpy>
#include <QTest>
#include <QThread>
#include <QtEndian>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <future>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;
using rookery::test::Answer;
using rookery::test::EventThread;
using rookery::test::RawClient;

namespace {

QByteArray get(const QByteArray &path)
{
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

/// A server on a thread of its own; its handlers return which one it is.
class ThreadedServer
{
public:
    ThreadedServer(const QByteArray &name, std::shared_ptr<ConnectionQuota> quota)
    {
        m_context.moveToThread(&m_thread);
        m_thread.start();
        onThread([this, name, quota] {
            m_server = std::make_unique<Server>(Limits(), quota);
            m_server->http().route(QStringLiteral("/name"), [name] { return name; });
        });
    }
    ~ThreadedServer()
    {
        onThread([this] {
            m_server.reset();
            m_context.moveToThread(QCoreApplication::instance()->thread());
        });
        m_thread.quit();
        m_thread.wait();
    }

    Server *server() { return m_server.get(); }
    template <typename Do>
    void onThread(Do action)
    {
        std::promise<void> done; // ThreadSanitizer does not see what a blocking connection orders
        QMetaObject::invokeMethod(
            &m_context,
            [&] {
                action();
                done.set_value();
            },
            Qt::QueuedConnection);
        done.get_future().wait();
    }

private:
    EventThread m_thread;
    QObject m_context; ///< on m_thread
    std::unique_ptr<Server> m_server;
};

/// Connects and sends nothing; owns only a descriptor.
class SilentClient
{
public:
    explicit SilentClient(quint16 port)
        : m_descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = qToBigEndian(port);
        address.sin_addr.s_addr = qToBigEndian(quint32(INADDR_LOOPBACK));
        if (::connect(m_descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
            qFatal("cannot connect");
    }
    ~SilentClient() { ::close(m_descriptor); }
    SilentClient(const SilentClient &) = delete;
    SilentClient &operator=(const SilentClient &) = delete;

    /// Takes what has come; true once the server has ended the connection.
    bool atEnd()
    {
        char buffer[1024];
        ssize_t got = -1;
        while (!ended && (got = ::recv(m_descriptor, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
            received.append(buffer, qsizetype(got));
        ended = ended || got == 0 || (got < 0 && errno == ECONNRESET);
        return ended;
    }

    QByteArray received;
    bool ended = false;

private:
    int m_descriptor;
};

/// During its lifetime, this process can open at most this many more descriptors.
class DescriptorLimit
{
public:
    explicit DescriptorLimit(int more)
    {
        ::getrlimit(RLIMIT_NOFILE, &m_before);
        // The limit is on their numbers, and a new one gets the lowest that is free.
        std::vector<int> taken;
        for (int i = 0; i < more; ++i)
            taken.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        rlimit few = m_before;
        few.rlim_cur = rlim_t(*std::ranges::max_element(taken)) + 1;
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (const int descriptor : taken)
            ::close(descriptor);
    }
    ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &m_before); }
    DescriptorLimit(const DescriptorLimit &) = delete;
    DescriptorLimit &operator=(const DescriptorLimit &) = delete;

private:
    rlimit m_before{};
};

/// During its lifetime, warnings are collected in a list.
class WarningsTo
{
public:
    explicit WarningsTo(QByteArrayList *list)
    {
        s_list = list;
        m_before =
            qInstallMessageHandler([](QtMsgType type, const QMessageLogContext &, const QString &text) {
                if (type == QtWarningMsg)
                    s_list->append(text.toUtf8());
            });
    }
    ~WarningsTo() { qInstallMessageHandler(m_before); }
    WarningsTo(const WarningsTo &) = delete;
    WarningsTo &operator=(const WarningsTo &) = delete;

private:
    inline static QByteArrayList *s_list = nullptr;
    QtMessageHandler m_before;
};

/// That this thread has used so far.
qint64 cpuMicroseconds()
{
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * 1'000'000 + used.tv_nsec / 1000;
}

} // namespace

/// Ports, and the handover of accepted connections to the servers of several threads.
class TestAcceptor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void stop();
    void stopWithoutConnections();
    void listenErrors_data();
    void listenErrors();
    void portIsTaken();
    void inTurn();
    void oneQuotaForAll();
    void admittedAfterStop();
    void queuedWhenTheServerGoes();
    void outOfDescriptors();

private:
    Server m_server{Limits(), makeConnectionQuota(Limits())};
};

void TestAcceptor::stop()
{
    TestServer server;
    QSignalSpy drained(&server.server(), &Server::drained);
    RawClient idle(server.url());
    RawClient busy(server.url());
    idle.send(get("/hello"));
    QCOMPARE(idle.answer().status, 200);
    busy.send(get("/held"));
    QTRY_COMPARE(server.held(), 1);
    QCOMPARE(server.server().connectionCount(), 2);

    server.stop();
    QVERIFY(idle.waitForEnd());
    QCOMPARE(server.server().connectionCount(), 1);
    QCOMPARE(drained.size(), 0);
    QTcpSocket late;
    late.connectToHost(server.url().host(), quint16(server.url().port()));
    QTRY_COMPARE(late.error(), QAbstractSocket::ConnectionRefusedError);

    server.answerHeld("held");
    const Answer answer = busy.answer();
    QCOMPARE(answer.body, "held");
    QCOMPARE(answer.header("connection"), "close");
    QVERIFY(busy.waitForEnd());
    busy.socket().close();
    QTRY_COMPARE(drained.size(), 1);
    QCOMPARE(server.server().connectionCount(), 0);
}

void TestAcceptor::stopWithoutConnections()
{
    TestServer server;
    QSignalSpy drained(&server.server(), &Server::drained);
    server.stop();
    QTRY_COMPARE(drained.size(), 1);
    server.stop();
    QCoreApplication::processEvents();
    QCOMPARE(drained.size(), 1);
}

void TestAcceptor::listenErrors_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("part");

    QTest::newRow("scheme") << QStringLiteral("ftp://127.0.0.1:0") << QStringLiteral("http://");
    QTest::newRow("no port") << QStringLiteral("http://127.0.0.1") << QStringLiteral("port");
    QTest::newRow("name") << QStringLiteral("http://example.org:0") << QStringLiteral("IP address");
    QTest::newRow("path") << QStringLiteral("http://127.0.0.1:0/x") << QStringLiteral("path");
    QTest::newRow("foreign address") << QStringLiteral("http://192.0.2.1:0") << QStringLiteral("192.0.2.1");
    QTest::newRow("no certificate") << QStringLiteral("https://127.0.0.1:0") << QStringLiteral("certificate");
}

void TestAcceptor::listenErrors()
{
    QFETCH(QString, url);
    QFETCH(QString, part);
    Acceptor acceptor({&m_server});
    const auto taken = acceptor.listen(QUrl(url));
    QVERIFY(!taken);
    QVERIFY2(taken.error().detail.contains(part), qPrintable(taken.error().detail));
}

void TestAcceptor::portIsTaken()
{
    TestServer server;
    Acceptor other({&m_server});
    const auto taken = other.listen(server.url());
    QVERIFY(!taken);
    QVERIFY2(taken.error().detail.contains(server.url().toString()), qPrintable(taken.error().detail));
    const auto local = other.listen(QUrl(QStringLiteral("http://localhost:0")));
    QVERIFY(local.ok());
    QVERIFY(local->port() > 0);
    QCOMPARE(local->host(), QStringLiteral("localhost"));
}

void TestAcceptor::inTurn()
{
    const auto quota = makeConnectionQuota(Limits());
    ThreadedServer one("one", quota);
    ThreadedServer two("two", quota);
    ThreadedServer three("three", quota);
    Acceptor acceptor({one.server(), two.server(), three.server()});
    const auto url = acceptor.listen(QUrl(QStringLiteral("http://127.0.0.1:0")));
    QVERIFY(url.ok());
    QList<QByteArray> names;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(std::make_unique<RawClient>(*url));
        clients.back()->send(get("/name"));
        names.append(clients.back()->answer().body);
    }
    QCOMPARE(names, (QList<QByteArray>{"one", "two", "three", "one", "two", "three"}));
    QCOMPARE(one.server()->connectionCount(), 2);
    QCOMPARE(three.server()->connectionCount(), 2);
    clients.clear();
    QTRY_COMPARE(one.server()->connectionCount(), 0);
}

void TestAcceptor::oneQuotaForAll()
{
    Limits limits;
    limits.connectionsPerAddress = 3;
    const auto quota = makeConnectionQuota(limits);
    ThreadedServer one("one", quota);
    ThreadedServer two("two", quota);
    Acceptor acceptor({one.server(), two.server()});
    const auto url = acceptor.listen(QUrl(QStringLiteral("http://127.0.0.1:0")));
    QVERIFY(url.ok());
    std::vector<std::unique_ptr<RawClient>> clients;
    QMap<int, int> statuses;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<RawClient>(*url));
        clients.back()->send(get("/name"));
        ++statuses[clients.back()->answer().status];
    }
    QCOMPARE(statuses, (QMap<int, int>{{200, 3}, {429, 5}}));
}

void TestAcceptor::admittedAfterStop()
{
    SocketPair pair;
    Server server{Limits(), makeConnectionQuota(Limits())};
    server.stop();
    server.admit(pair.takeNear(), nullptr);
    QVERIFY(pair.farAtEnd());
    QCOMPARE(server.connectionCount(), 0);
}

void TestAcceptor::queuedWhenTheServerGoes()
{
    SocketPair stopped;
    SocketPair gone;
    auto server = std::make_unique<Server>(Limits(), makeConnectionQuota(Limits()));
    server->admit(stopped.takeNear(), nullptr);
    QVERIFY(!stopped.farAtEnd());
    server->stop();
    QVERIFY(stopped.farAtEnd());

    auto other = std::make_unique<Server>(Limits(), makeConnectionQuota(Limits()));
    other->admit(gone.takeNear(), nullptr);
    QVERIFY(!gone.farAtEnd());
    other.reset();
    QVERIFY(gone.farAtEnd());
}

void TestAcceptor::outOfDescriptors()
{
    constexpr int clients = 400;
    constexpr int room = 20;
    Limits limits;
    limits.connectionsPerAddress = 0;
    // A quota that is wrong about what the process can open: nothing but accept() itself says no.
    Server server(limits, std::make_shared<ConnectionQuota>(limits, 10'000, 10'000));
    server.http().route(QStringLiteral("/hello"), [] { return QByteArrayLiteral("hello"); });
    Acceptor acceptor({&server});
    const auto url = acceptor.listen(QUrl(QStringLiteral("http://127.0.0.1:0")));
    QVERIFY(url.ok());
    std::vector<std::unique_ptr<SilentClient>> silent;
    for (int i = 0; i < clients; ++i)
        silent.push_back(std::make_unique<SilentClient>(quint16(url->port())));

    const auto ended = [&] {
        return std::ranges::count_if(silent, [](auto &client) { return client->atEnd(); });
    };
    QByteArrayList warnings;
    {
        const DescriptorLimit few(room);
        const WarningsTo collected(&warnings);
        QElapsedTimer elapsed;
        elapsed.start();
        const qint64 before = cpuMicroseconds();
        QTRY_COMPARE(ended(), clients - room);
        // 64 are refused per rest of 200 ms; without rests this would be over at once, or, where nobody could
        // be refused, take all of the core until the end.
        QVERIFY(elapsed.elapsed() > 800);
        QVERIFY(cpuMicroseconds() - before < elapsed.elapsed() * 1000 / 4);
        QCOMPARE(server.connectionCount(), room);
    }
    QCOMPARE(warnings.size(), 1);
    QVERIFY2(warnings.first().contains("cannot be accepted"), warnings.first());
    const auto refused = std::ranges::find_if(silent, [](auto &client) { return client->ended; });
    QVERIFY2((*refused)->received.startsWith("HTTP/1.1 503 "), (*refused)->received);
    QVERIFY((*refused)->received.contains("Retry-After: "));

    silent.clear();
    RawClient client(*url);
    client.send(get("/hello"));
    QCOMPARE(client.answer().status, 200);
}

ROOKERY_DISPATCHER_TEST_MAIN(TestAcceptor)
#include "tst_net_acceptor.moc"
