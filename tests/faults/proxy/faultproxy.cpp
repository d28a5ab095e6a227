// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/proxy/faultproxy.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <latch>
#include <system_error>

namespace rookery::faults {

namespace {

constexpr int backlog = 4096;

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

void reset(int descriptor)
{
    const linger now{1, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(descriptor);
}

/// Starts to connect; -1 if that fails at once.
int connectTo(std::uint16_t port)
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (descriptor < 0
        || ::connect(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0
        || errno == EINPROGRESS)
        return descriptor;
    ::close(descriptor);
    return -1;
}

} // namespace

FaultProxy::FaultProxy(std::uint16_t target)
    : m_acceptBell(*this, &FaultProxy::acceptAll)
    , m_timerBell(*this, &FaultProxy::ring)
    , m_target(target)
{
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    m_timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    if (m_listener < 0 || m_timer < 0 || ::bind(m_listener, generic, size) != 0
        || ::listen(m_listener, backlog) != 0 || ::getsockname(m_listener, generic, &size) != 0
        || !m_loop.watch(m_listener, EPOLLIN, &m_acceptBell)
        || !m_loop.watch(m_timer, EPOLLIN, &m_timerBell)) {
        const int problem = errno;
        ::close(m_listener);
        ::close(m_timer);
        throw std::system_error(problem, std::generic_category(), "the proxy cannot listen");
    }
    m_port = ntohs(address.sin_port);
    // Signals are handled by the other threads of the process.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    m_thread = std::thread([this] { m_loop.run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

FaultProxy::~FaultProxy()
{
    onLoop([this] {
        m_loop.unwatch(m_listener);
        m_loop.unwatch(m_timer);
        forAll([](ProxyConnection &connection) { connection.cut(Cut::Reset); });
    });
    m_loop.stop();
    m_thread.join();
    ::close(m_listener);
    ::close(m_timer);
}

void FaultProxy::onLoop(const std::function<void()> &call)
{
    std::latch done(1);
    m_loop.post([&] {
        call();
        done.count_down();
    });
    done.wait();
}

void FaultProxy::setTarget(std::uint16_t port)
{
    onLoop([&] { m_target = port; });
}

void FaultProxy::setPlanner(Planner planner)
{
    onLoop([&] {
        m_planner = std::move(planner);
        m_planned = 0;
    });
}

void FaultProxy::cutAll(Cut how)
{
    onLoop([&] { forAll([how](ProxyConnection &connection) { connection.cut(how); }); });
}

void FaultProxy::hold(Direction direction)
{
    onLoop([&] {
        (direction == Direction::ToServer ? m_holdsToServer : m_holdsToClient) = true;
        forAll([direction](ProxyConnection &connection) { connection.hold(direction); });
    });
}

void FaultProxy::release()
{
    onLoop([&] {
        m_holdsToServer = false;
        m_holdsToClient = false;
        forAll([](ProxyConnection &connection) { connection.release(); });
    });
}

void FaultProxy::dropAll(Direction direction)
{
    onLoop([&] { forAll([direction](ProxyConnection &connection) { connection.drop(direction); }); });
}

void FaultProxy::setRefusing(bool refusing)
{
    onLoop([&] { m_refusing = refusing; });
}

FaultProxy::Figures FaultProxy::figures()
{
    Figures figures;
    onLoop([&] {
        figures = m_figures;
        figures.open = m_connections.size();
        for (const auto &[key, connection] : m_connections) {
            figures.toServer += connection->passed(Direction::ToServer);
            figures.toClient += connection->passed(Direction::ToClient);
        }
    });
    return figures;
}

void FaultProxy::acceptAll()
{
    for (;;) {
        const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client >= 0)
            accept(client);
        else if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

void FaultProxy::accept(int client)
{
    ++m_figures.accepted;
    const ConnectionFaults faults = m_planner ? m_planner(m_planned++) : ConnectionFaults();
    if (m_refusing || faults.refused) {
        ++m_figures.cut;
        reset(client);
        return;
    }
    const int server = connectTo(m_target);
    if (server < 0) {
        reset(client);
        return;
    }
    const std::uint64_t key = m_nextKey++;
    ProxyConnectionOwner &owner = *this;
    auto made = std::make_unique<ProxyConnection>(m_loop, owner, key, client, server, faults);
    ProxyConnection &connection = *made;
    m_connections.emplace(key, std::move(made));
    if (m_holdsToServer)
        connection.hold(Direction::ToServer);
    if (m_holdsToClient)
        connection.hold(Direction::ToClient);
    connection.proceed();
}

void FaultProxy::ring()
{
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t taken = ::read(m_timer, &ignored, sizeof ignored);
    m_due.reset();
    forAll([](ProxyConnection &) {});
}

void FaultProxy::connectionDue(TimePoint when)
{
    if (m_due && *m_due <= when)
        return;
    m_due = when;
    const auto wait = std::max(when - std::chrono::steady_clock::now(), std::chrono::nanoseconds(1));
    itimerspec time{};
    time.it_value.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(wait).count();
    time.it_value.tv_nsec = (wait % std::chrono::seconds(1)).count();
    ::timerfd_settime(m_timer, 0, &time, nullptr);
}

void FaultProxy::connectionOver(ProxyConnection &connection)
{
    const auto found = m_connections.find(connection.number());
    if (found == m_connections.end())
        return;
    m_figures.toServer += connection.passed(Direction::ToServer);
    m_figures.toClient += connection.passed(Direction::ToClient);
    m_figures.cut += connection.wasCut() ? 1 : 0;
    // It is the caller, and the loop may still have an event of this turn for it.
    if (m_over.empty())
        m_loop.post([this] { m_over.clear(); });
    m_over.push_back(std::move(found->second));
    m_connections.erase(found);
}

void FaultProxy::forAll(const std::function<void(ProxyConnection &)> &call)
{
    // Connections are removed during the loop.
    std::vector<ProxyConnection *> all;
    all.reserve(m_connections.size());
    for (const auto &[key, connection] : m_connections)
        all.push_back(connection.get());
    for (ProxyConnection *connection : all) {
        call(*connection);
        connection->proceed();
    }
}

} // namespace rookery::faults
