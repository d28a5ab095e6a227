#include "tests/faults/crowd/rawclient.h"

#include "tests/bench/httpresponse.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace rookery::faults {

using namespace bench;

namespace {

/// Of who does not read: what the kernel takes for it does not hide that it does not.
constexpr int smallBuffer = 4096;

sockaddr_in loopback(in_addr_t address, in_port_t port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_addr.s_addr = htonl(address);
    result.sin_port = htons(port);
    return result;
}

} // namespace

RawClient::RawClient(EventLoop &loop, What what, std::function<void(RawClient &)> answered)
    : m_loop(loop)
    , m_what(std::move(what))
    , m_answered(std::move(answered))
{ }

void RawClient::open()
{
    m_begunAt = now();
    m_descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (m_descriptor < 0) {
        ended(End::Failed);
        return;
    }
    const int on = 1;
    ::setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!m_what.reads)
        ::setsockopt(m_descriptor, SOL_SOCKET, SO_RCVBUF, &smallBuffer, sizeof smallBuffer);
    bool good = true;
    if (m_what.from != 0) {
        // The port is chosen when the peer is known: otherwise they would soon be used up.
        ::setsockopt(m_descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        const sockaddr_in own = loopback(m_what.from, 0);
        good = ::bind(m_descriptor, reinterpret_cast<const sockaddr *>(&own), sizeof own) == 0;
    }
    const sockaddr_in server = loopback(INADDR_LOOPBACK, m_what.port);
    if (!good
        || (::connect(m_descriptor, reinterpret_cast<const sockaddr *>(&server), sizeof server) != 0
            && errno != EINPROGRESS)) {
        ended(End::Failed);
        return;
    }
    m_loop.watch(m_descriptor, EPOLLOUT, this);
}

void RawClient::established()
{
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(m_descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        ended(End::Failed);
        return;
    }
    m_connected = true;
    // Hang-ups and errors are told in any case.
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
    const linger none{1, 0};
    ::setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ::close(std::exchange(m_descriptor, -1));
    m_connected = false;
}

} // namespace rookery::faults
