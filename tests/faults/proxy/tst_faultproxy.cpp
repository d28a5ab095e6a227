// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/proxy/faultproxy.h"

#include <QTest>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

using namespace rookery::faults;
using namespace std::chrono_literals;

namespace {

constexpr int patienceMs = 10'000;

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// A blocking socket with timeouts.
class Socket
{
public:
    explicit Socket(int descriptor = -1)
        : m_descriptor(descriptor)
    { }
    Socket(Socket &&other) noexcept
        : m_descriptor(std::exchange(other.m_descriptor, -1))
    { }
    Socket &operator=(Socket &&other) noexcept
    {
        std::swap(m_descriptor, other.m_descriptor);
        return *this;
    }
    ~Socket()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }

    static Socket connectedTo(std::uint16_t port)
    {
        Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_in address = loopback(port);
        if (::connect(socket.m_descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
            qFatal("no connection");
        return socket;
    }

    bool send(std::string_view bytes) const
    {
        return ::send(m_descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL) == ssize_t(bytes.size());
    }
    void finish() const { ::shutdown(m_descriptor, SHUT_WR); }
    bool isReadable(int milliseconds = patienceMs) const
    {
        pollfd watched{m_descriptor, POLLIN, 0};
        return ::poll(&watched, 1, milliseconds) > 0;
    }
    /// Reads until there are so many bytes, or the connection has ended.
    std::string read(std::size_t most)
    {
        std::string all;
        while (all.size() < most && !m_over && isReadable()) {
            char buffer[4096];
            const ssize_t count = ::recv(m_descriptor, buffer, std::min(sizeof buffer, most - all.size()), 0);
            if (count <= 0) {
                m_over = true;
                m_wasReset = count < 0;
            } else {
                ++m_reads;
                all.append(buffer, std::size_t(count));
            }
        }
        return all;
    }
    bool isOver() const { return m_over; }
    bool wasReset() const { return m_wasReset; }
    int reads() const { return m_reads; }

private:
    int m_descriptor;
    bool m_over = false;
    bool m_wasReset = false;
    int m_reads = 0;
};

class Listener
{
public:
    Listener()
        : m_descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        auto *generic = reinterpret_cast<sockaddr *>(&address);
        if (::bind(m_descriptor, generic, size) != 0 || ::listen(m_descriptor, 64) != 0
            || ::getsockname(m_descriptor, generic, &size) != 0)
            qFatal("no listener");
        m_port = ntohs(address.sin_port);
    }
    ~Listener() { ::close(m_descriptor); }
    std::uint16_t port() const { return m_port; }
    bool hasConnection(int milliseconds = patienceMs) const
    {
        pollfd watched{m_descriptor, POLLIN, 0};
        return ::poll(&watched, 1, milliseconds) > 0;
    }
    Socket accept() const { return Socket(hasConnection() ? ::accept(m_descriptor, nullptr, nullptr) : -1); }

private:
    int m_descriptor;
    std::uint16_t m_port = 0;
};

/// Both ends of a connection through a proxy.
struct Line
{
    explicit Line(const ConnectionFaults &faults = {})
        : proxy(listener.port())
    {
        proxy.setPlanner([faults](std::uint64_t) { return faults; });
        client = Socket::connectedTo(proxy.port());
        server = listener.accept();
    }
    Listener listener;
    FaultProxy proxy;
    Socket client;
    Socket server;
};

std::string text(std::size_t size)
{
    std::string all(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        all[i] = char('a' + i % 26);
    return all;
}

} // namespace

class tst_FaultProxy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void passesBytesAndEnds();
    void cutsAfterExactlySoManyBytes_data();
    void cutsAfterExactlySoManyBytes();
    void stallsForATime();
    void stallsUntilReleased();
    void holdsOneDirection();
    void dropsOneDirection();
    void dropsWhenTold();
    void writesByteByByte();
    void endsALifetime();
    void refuses();
    void cutsAllAtOnce_data();
    void cutsAllAtOnce();
    void changesItsTarget();
    void resetsWhereNobodyListens();
    void passesMuchBothWays();
    void seedsRepeat();
};

void tst_FaultProxy::passesBytesAndEnds()
{
    Line line;
    QVERIFY(line.client.send("ping"));
    QCOMPARE(line.server.read(4), std::string("ping"));
    line.client.finish();
    QCOMPARE(line.server.read(1), std::string());
    QVERIFY(line.server.isOver() && !line.server.wasReset());
    // A half-closed connection still carries the other direction.
    QVERIFY(line.server.send("pong"));
    QCOMPARE(line.client.read(4), std::string("pong"));
    line.server.finish();
    QCOMPARE(line.client.read(1), std::string());
    QVERIFY(line.client.isOver() && !line.client.wasReset());
    QTRY_COMPARE(line.proxy.figures().open, 0U);
    QCOMPARE(line.proxy.figures().cut, 0U);
    QCOMPARE(line.proxy.figures().toServer, 4U);
    QCOMPARE(line.proxy.figures().toClient, 4U);
}

void tst_FaultProxy::cutsAfterExactlySoManyBytes_data()
{
    QTest::addColumn<bool>("toServer");
    QTest::addColumn<bool>("byReset");
    QTest::addColumn<quint64>("bytes");
    for (const quint64 bytes : {0, 1, 999, 5000}) {
        for (const bool toServer : {true, false}) {
            for (const bool byReset : {true, false}) {
                QTest::addRow("%llu bytes to the %s, %s", bytes, toServer ? "server" : "client",
                    byReset ? "reset" : "end")
                    << toServer << byReset << bytes;
            }
        }
    }
}

void tst_FaultProxy::cutsAfterExactlySoManyBytes()
{
    QFETCH(const bool, toServer);
    QFETCH(const bool, byReset);
    QFETCH(const quint64, bytes);
    ConnectionFaults faults;
    DirectionFaults &direction = toServer ? faults.toServer : faults.toClient;
    direction.cutAfter = bytes;
    direction.cut = byReset ? Cut::Reset : Cut::Finish;
    if (bytes == 0 && byReset) {
        // The server need not have seen it.
        Listener listener;
        FaultProxy proxy(listener.port());
        proxy.setPlanner([faults](std::uint64_t) { return faults; });
        Socket client = Socket::connectedTo(proxy.port());
        QCOMPARE(client.read(1), std::string());
        QVERIFY(client.isOver() && client.wasReset());
        return;
    }
    Line line(faults);
    Socket &sender = toServer ? line.client : line.server;
    Socket &receiver = toServer ? line.server : line.client;
    const std::string sent = text(6000);
    if (bytes > 0)
        QVERIFY(sender.send(sent));
    QCOMPARE(receiver.read(sent.size()), sent.substr(0, bytes));
    QVERIFY(receiver.isOver());
    QCOMPARE(receiver.wasReset(), byReset);
    QCOMPARE(sender.read(1), std::string());
    QVERIFY(sender.isOver());
    QCOMPARE(sender.wasReset(), byReset);
    line.client = Socket();
    line.server = Socket();
    QTRY_COMPARE(line.proxy.figures().open, 0U);
    QCOMPARE(line.proxy.figures().cut, 1U);
}

void tst_FaultProxy::stallsForATime()
{
    ConnectionFaults faults;
    faults.toServer.stallAfter = 2;
    faults.toServer.stallFor = 200ms;
    Line line(faults);
    const auto began = std::chrono::steady_clock::now();
    QVERIFY(line.client.send("abcd"));
    QCOMPARE(line.server.read(2), std::string("ab"));
    QCOMPARE(line.server.read(2), std::string("cd"));
    QVERIFY(std::chrono::steady_clock::now() - began >= 200ms);
    // Once only.
    QVERIFY(line.client.send("efgh"));
    QCOMPARE(line.server.read(4), std::string("efgh"));
}

void tst_FaultProxy::stallsUntilReleased()
{
    ConnectionFaults faults;
    faults.toClient.stallAfter = 3;
    Line line(faults);
    QVERIFY(line.server.send("abcdef"));
    QCOMPARE(line.client.read(3), std::string("abc"));
    // The other direction goes on. When its bytes have arrived, the discarded ones would have, too.
    QVERIFY(line.client.send("x"));
    QCOMPARE(line.server.read(1), std::string("x"));
    QVERIFY(!line.client.isReadable(50));
    line.proxy.release();
    QCOMPARE(line.client.read(3), std::string("def"));
}

void tst_FaultProxy::holdsOneDirection()
{
    Line line;
    line.proxy.hold(Direction::ToServer);
    QVERIFY(line.client.send("held"));
    QVERIFY(line.server.send("free"));
    QCOMPARE(line.client.read(4), std::string("free"));
    Socket later = Socket::connectedTo(line.proxy.port());
    Socket laterServer = line.listener.accept();
    QVERIFY(later.send("held too"));
    QVERIFY(laterServer.send("free"));
    QCOMPARE(later.read(4), std::string("free"));
    QVERIFY(!line.server.isReadable(50));
    QVERIFY(!laterServer.isReadable(0));
    line.proxy.release();
    QCOMPARE(line.server.read(4), std::string("held"));
    QCOMPARE(laterServer.read(8), std::string("held too"));
}

void tst_FaultProxy::dropsOneDirection()
{
    ConnectionFaults faults;
    faults.toServer.dropAfter = 2;
    Line line(faults);
    QVERIFY(line.client.send("abcdef"));
    QCOMPARE(line.server.read(2), std::string("ab"));
    QVERIFY(line.server.send("still here"));
    QCOMPARE(line.client.read(10), std::string("still here"));
    QVERIFY(line.client.send(text(300'000)));
    QVERIFY(!line.server.isReadable(50));
}

void tst_FaultProxy::dropsWhenTold()
{
    Line line;
    QVERIFY(line.client.send("before"));
    QCOMPARE(line.server.read(6), std::string("before"));
    line.proxy.dropAll(Direction::ToServer);
    QVERIFY(line.client.send("after"));
    QVERIFY(line.server.send("answer"));
    QCOMPARE(line.client.read(6), std::string("answer"));
    QVERIFY(!line.server.isReadable(50));
}

void tst_FaultProxy::writesByteByByte()
{
    ConnectionFaults faults;
    faults.toServer.pieces = 1;
    faults.toServer.cutAfter = 3000;
    faults.toServer.cut = Cut::Finish;
    Line line(faults);
    const std::string sent = text(3500);
    QVERIFY(line.client.send(sent));
    QCOMPARE(line.server.read(sent.size()), sent.substr(0, 3000));
    // Kernels may merge writes, but not 3,000 of them into one.
    QVERIFY(line.server.reads() > 1);
}

void tst_FaultProxy::endsALifetime()
{
    ConnectionFaults faults;
    faults.lifetime = 50ms;
    faults.toClient.dropAfter = 0;
    Line line(faults);
    QVERIFY(line.server.send("lost"));
    QCOMPARE(line.client.read(1), std::string());
    QVERIFY(line.client.isOver() && line.client.wasReset());
}

void tst_FaultProxy::refuses()
{
    Listener listener;
    FaultProxy proxy(listener.port());
    proxy.setRefusing(true);
    Socket client = Socket::connectedTo(proxy.port());
    QCOMPARE(client.read(1), std::string());
    QVERIFY(client.isOver() && client.wasReset());
    proxy.setRefusing(false);
    proxy.setPlanner([](std::uint64_t number) {
        ConnectionFaults faults;
        faults.refused = number == 0;
        return faults;
    });
    Socket second = Socket::connectedTo(proxy.port());
    QCOMPARE(second.read(1), std::string());
    QVERIFY(second.isOver());
    Socket third = Socket::connectedTo(proxy.port());
    QVERIFY(third.send("in"));
    QCOMPARE(listener.accept().read(2), std::string("in"));
    QVERIFY(!listener.hasConnection(0));
    QCOMPARE(proxy.figures().accepted, 3U);
}

void tst_FaultProxy::cutsAllAtOnce_data()
{
    QTest::addColumn<bool>("byReset");
    QTest::newRow("reset") << true;
    QTest::newRow("end") << false;
}

void tst_FaultProxy::cutsAllAtOnce()
{
    QFETCH(const bool, byReset);
    Line line;
    Socket second = Socket::connectedTo(line.proxy.port());
    Socket secondServer = line.listener.accept();
    line.proxy.cutAll(byReset ? Cut::Reset : Cut::Finish);
    for (Socket *socket : {&line.client, &line.server, &second, &secondServer}) {
        QCOMPARE(socket->read(1), std::string());
        QVERIFY(socket->isOver());
        QCOMPARE(socket->wasReset(), byReset);
    }
    Socket third = Socket::connectedTo(line.proxy.port());
    QVERIFY(third.send("new"));
    QCOMPARE(line.listener.accept().read(3), std::string("new"));
}

void tst_FaultProxy::changesItsTarget()
{
    Line line;
    Listener other;
    line.proxy.setTarget(other.port());
    Socket second = Socket::connectedTo(line.proxy.port());
    QVERIFY(second.send("b"));
    QCOMPARE(other.accept().read(1), std::string("b"));
    QVERIFY(line.client.send("a"));
    QCOMPARE(line.server.read(1), std::string("a"));
}

void tst_FaultProxy::resetsWhereNobodyListens()
{
    std::uint16_t free = 0;
    {
        Listener gone;
        free = gone.port();
    }
    FaultProxy proxy(free);
    Socket client = Socket::connectedTo(proxy.port());
    QCOMPARE(client.read(1), std::string());
    QVERIFY(client.isOver() && client.wasReset());
}

void tst_FaultProxy::passesMuchBothWays()
{
    Line line;
    const std::string sent = text(3'000'000);
    std::string atServer;
    std::string atClient;
    std::thread up([&] { line.client.send(sent); });
    std::thread down([&] { line.server.send(sent); });
    std::thread reader([&] { atServer = line.server.read(sent.size()); });
    atClient = line.client.read(sent.size());
    for (std::thread *thread : {&up, &down, &reader})
        thread->join();
    QVERIFY(atClient == sent);
    QVERIFY(atServer == sent);
}

void tst_FaultProxy::seedsRepeat()
{
    const Planner one = seededFaults(7, {});
    const Planner same = seededFaults(7, {});
    const Planner other = seededFaults(8, {});
    int cuts = 0;
    int differences = 0;
    constexpr int connections = 1000;
    for (std::uint64_t i = 0; i < connections; ++i) {
        const ConnectionFaults a = one(i);
        const ConnectionFaults b = same(i);
        QCOMPARE(a.toServer.cutAfter, b.toServer.cutAfter);
        QCOMPARE(a.toClient.cutAfter, b.toClient.cutAfter);
        QCOMPARE(a.toClient.pieces, b.toClient.pieces);
        QCOMPARE(a.lifetime, b.lifetime);
        cuts +=
            a.toServer.cutAfter != DirectionFaults::never || a.toClient.cutAfter != DirectionFaults::never;
        differences += a.toServer.cutAfter != other(i).toServer.cutAfter;
        // An endless stall or a lost direction would hang a client for good.
        for (const DirectionFaults *direction : {&a.toServer, &a.toClient}) {
            QVERIFY(direction->stallAfter == DirectionFaults::never || direction->stallFor.count() > 0);
            QVERIFY(direction->dropAfter == DirectionFaults::never || a.lifetime.count() > 0);
        }
    }
    QVERIFY(cuts > connections * 60 / 100 && cuts < connections * 80 / 100);
    QVERIFY(differences > connections / 4);
}

QTEST_GUILESS_MAIN(tst_FaultProxy)
#include "tst_faultproxy.moc"
