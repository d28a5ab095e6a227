// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/proxy/proxyconnection.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace rookery::faults {

namespace {

using std::chrono::milliseconds;

/// Interval of checks whether the kernel has delivered the last bytes before a cut.
constexpr milliseconds lookAgain(1);
/// Time limit for that, in case the peer does not read.
constexpr milliseconds patience(200);
/// A peer that goes on sending after the end is reset after this time.
constexpr milliseconds farewellTime(5000);

TimePoint present()
{
    return std::chrono::steady_clock::now();
}

void setLinger(int descriptor)
{
    const linger now{1, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void keepSmall(int descriptor)
{
    const int yes = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

} // namespace

ProxyConnection::ProxyConnection(load::EventLoop &loop, ProxyConnectionOwner &owner, std::uint64_t number,
    int client, int server, const ConnectionFaults &faults)
    : m_loop(loop)
    , m_owner(owner)
    , m_number(number)
    , m_client(*this, client)
    , m_server(*this, server)
    , m_toServer(faults.toServer, present())
    , m_toClient(faults.toClient, present())
{
    m_server.isConnected = false;
    if (faults.lifetime.count() > 0)
        m_expires = present() + faults.lifetime;
    for (Side *side : {&m_client, &m_server}) {
        keepSmall(side->descriptor);
        m_loop.watch(side->descriptor, 0, side);
    }
}

ProxyConnection::~ProxyConnection()
{
    end(true);
}

void ProxyConnection::ready(Side &side, std::uint32_t events)
{
    if (m_phase == Phase::Over)
        return;
    if (m_phase == Phase::Finishing) {
        swallow(side);
        return;
    }
    if (!side.isConnected && (events & (EPOLLOUT | EPOLLERR)) != 0) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(side.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            end(true);
            return;
        }
        side.isConnected = true;
    }
    Pipe &out = &side == &m_client ? m_toServer : m_toClient;
    Pipe &in = &side == &m_client ? m_toClient : m_toServer;
    bool alive = true;
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
        alive = read(side, out);
    if (alive && (events & EPOLLOUT) != 0)
        alive = write(side, in);
    if (alive && (events & (EPOLLHUP | EPOLLIN)) == EPOLLHUP) {
        // Reported again and again, whatever events are watched.
        m_loop.unwatch(side.descriptor);
        side.isWatched = false;
        side.interest = 0;
    }
    if (alive)
        proceed();
    else
        end(true);
}

bool ProxyConnection::read(Side &from, Pipe &pipe)
{
    const TimePoint now = present();
    std::vector<char> &buffer = m_loop.readBuffer();
    const std::size_t most = std::min(buffer.size(), pipe.appetite(now));
    if (most == 0) {
        // No events are watched, so this is an error or a hang-up.
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(from.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
        return error == 0;
    }
    const ssize_t count = ::recv(from.descriptor, buffer.data(), most, 0);
    if (count > 0)
        pipe.take({buffer.data(), std::size_t(count)}, now);
    else if (count == 0)
        pipe.takeEnd();
    return count >= 0 || errno == EAGAIN || errno == EINTR;
}

bool ProxyConnection::write(Side &to, Pipe &pipe)
{
    const std::string_view piece = pipe.piece();
    if (piece.empty() || !to.isConnected)
        return true;
    const ssize_t count = ::send(to.descriptor, piece.data(), piece.size(), MSG_NOSIGNAL);
    if (count > 0)
        pipe.written(std::size_t(count));
    return count >= 0 || errno == EAGAIN || errno == EINTR;
}

void ProxyConnection::proceed()
{
    const TimePoint now = present();
    if (m_phase == Phase::Passing)
        pass(now);
    else if (m_phase == Phase::Finishing && now >= m_givesUp)
        end(true);
    if (const auto due = deadline(now))
        m_owner.connectionDue(*due);
}

void ProxyConnection::pass(TimePoint now)
{
    if (m_expires && now >= *m_expires) {
        m_wasCut = true;
        end(true);
        return;
    }
    // Bytes read in this turn are written in it, except in pieces: each takes a turn of its own.
    if ((!m_toServer.isInPieces() && !write(m_server, m_toServer))
        || (!m_toClient.isInPieces() && !write(m_client, m_toClient))) {
        end(true);
        return;
    }
    // A socket that is not connected yet cannot be shut down.
    if (!m_cutting && m_server.isConnected && m_toServer.cutIsDue())
        beginCut(m_toServer.cut());
    else if (!m_cutting && m_server.isConnected && m_toClient.cutIsDue())
        beginCut(m_toClient.cut());
    if (m_cutting) {
        listen(m_client, 0);
        listen(m_server, 0);
        if (isDelivered() || now >= m_givesUp)
            cut(*m_cutting);
        return;
    }
    if (m_toServer.endIsDue() && m_server.isConnected)
        shut(m_server);
    if (m_toClient.endIsDue())
        shut(m_client);
    if (m_server.isShut && m_client.isShut) {
        end(false);
        return;
    }
    const auto interest = [&](const Side &side, const Pipe &out, const Pipe &in) {
        const bool reads = side.isConnected && out.appetite(now) > 0;
        const bool writes = !side.isConnected || !in.piece().empty();
        return (reads ? std::uint32_t(EPOLLIN) : 0U) | (writes ? std::uint32_t(EPOLLOUT) : 0U);
    };
    listen(m_client, interest(m_client, m_toServer, m_toClient));
    listen(m_server, interest(m_server, m_toClient, m_toServer));
}

void ProxyConnection::beginCut(Cut how)
{
    m_cutting = how;
    m_givesUp = present() + patience;
}

/// Whether the receivers' kernels have acknowledged all that was written: a reset discards the rest.
bool ProxyConnection::isDelivered() const
{
    for (const Side *side : {&m_client, &m_server}) {
        int waiting = 0;
        if (side->isConnected && ::ioctl(side->descriptor, SIOCOUTQ, &waiting) == 0 && waiting > 0)
            return false;
    }
    return true;
}

void ProxyConnection::cut(Cut how)
{
    if (m_phase == Phase::Over || (m_phase == Phase::Finishing && how == Cut::Finish))
        return;
    m_wasCut = true;
    // It may be connected already, with the event still to come.
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const bool isConnected =
        ::getpeername(m_server.descriptor, reinterpret_cast<sockaddr *>(&peer), &size) == 0;
    if (how == Cut::Reset || !isConnected) {
        end(true);
        return;
    }
    // Closing with unread input would be a reset: both sides are shut down, and read until they have ended,
    // too.
    m_phase = Phase::Finishing;
    m_givesUp = present() + farewellTime;
    for (Side *side : {&m_client, &m_server}) {
        shut(*side);
        listen(*side, EPOLLIN);
    }
}

void ProxyConnection::shut(Side &side)
{
    if (!side.isShut)
        ::shutdown(side.descriptor, SHUT_WR);
    side.isShut = true;
}

void ProxyConnection::swallow(Side &side)
{
    std::vector<char> &buffer = m_loop.readBuffer();
    const ssize_t count = ::recv(side.descriptor, buffer.data(), buffer.size(), 0);
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    Pipe &out = &side == &m_client ? m_toServer : m_toClient;
    out.takeEnd();
    m_loop.unwatch(side.descriptor);
    if (m_toServer.hasEnded() && m_toClient.hasEnded())
        end(false);
}

void ProxyConnection::hold(Direction direction)
{
    (direction == Direction::ToServer ? m_toServer : m_toClient).hold();
}

void ProxyConnection::release()
{
    m_toServer.release();
    m_toClient.release();
}

void ProxyConnection::drop(Direction direction)
{
    (direction == Direction::ToServer ? m_toServer : m_toClient).drop();
}

std::optional<TimePoint> ProxyConnection::deadline(TimePoint now) const
{
    if (m_phase == Phase::Over)
        return std::nullopt;
    if (m_phase == Phase::Finishing)
        return m_givesUp;
    if (m_cutting)
        return now + lookAgain;
    std::optional<TimePoint> first = m_expires;
    for (const Pipe *pipe : {&m_toServer, &m_toClient}) {
        const auto ends = pipe->stallEnds(now);
        if (ends && (!first || *ends < *first))
            first = ends;
    }
    return first;
}

std::uint64_t ProxyConnection::passed(Direction direction) const
{
    return (direction == Direction::ToServer ? m_toServer : m_toClient).passed();
}

void ProxyConnection::listen(Side &side, std::uint32_t events)
{
    if (side.interest == events)
        return;
    side.interest = events;
    if (side.isWatched)
        m_loop.change(side.descriptor, events, &side);
    else
        side.isWatched = m_loop.watch(side.descriptor, events, &side);
}

void ProxyConnection::end(bool abort)
{
    if (m_phase == Phase::Over)
        return;
    m_phase = Phase::Over;
    for (Side *side : {&m_client, &m_server}) {
        m_loop.unwatch(side->descriptor);
        if (abort)
            setLinger(side->descriptor);
        ::close(side->descriptor);
        side->descriptor = -1;
    }
    m_owner.connectionOver(*this);
}

} // namespace rookery::faults
