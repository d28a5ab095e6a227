// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/rawclient.h"

#include "tests/wire/load/httpresponse.h"
#include "tests/wire/load/loopback.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace rookery::load {

RawClient::RawClient(EventLoop &loop, What what, std::function<void(RawClient &)> answered)
    : m_loop(loop)
    , m_what(std::move(what))
    , m_answered(std::move(answered))
{ }

void RawClient::open()
{
    m_begunAt = now();
    m_descriptor = connectToLoopback(m_what.port, m_what.from, m_what.reads);
    if (m_descriptor < 0) {
        ended(End::Failed);
        return;
    }
    m_loop.watch(m_descriptor, EPOLLOUT, this);
}

void RawClient::established()
{
    if (!isConnected(m_descriptor)) {
        ended(End::Failed);
        return;
    }
    m_connected = true;
    // Hang-ups and errors are always reported.
    m_loop.change(m_descriptor, m_what.reads ? std::uint32_t(EPOLLIN) : std::uint32_t(EPOLLRDHUP), this);
    send(m_what.first);
}

void RawClient::send(std::string_view bytes)
{
    if (m_connected && !bytes.empty())
        ::send(m_descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void RawClient::ready(std::uint32_t events)
{
    if (m_descriptor < 0)
        return;
    if (!m_connected)
        established();
    else if (m_what.reads)
        receive();
    else
        ended((events & EPOLLERR) != 0 ? End::Reset : End::Closed);
}

void RawClient::receive()
{
    auto &buffer = m_loop.readBuffer();
    const ssize_t count = ::recv(m_descriptor, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
        if (count == 0 || (errno != EAGAIN && errno != EINTR))
            ended(count == 0 ? End::Closed : End::Reset);
        return;
    }
    if (m_status != 0)
        return;
    m_received.append(buffer.data(), std::size_t(count));
    HttpResponse response;
    if (readHttpHead(m_received, response) == HttpState::Complete) {
        m_status = response.status;
        if (m_answered)
            m_answered(*this);
    }
}

void RawClient::ended(End end)
{
    m_end = end;
    m_endedAt = now();
    close();
}

void RawClient::close()
{
    if (m_descriptor < 0)
        return;
    m_loop.unwatch(m_descriptor);
    closeWithReset(std::exchange(m_descriptor, -1));
    m_connected = false;
}

} // namespace rookery::load
