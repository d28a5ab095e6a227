// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/loopback.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace rookery::load {

namespace {

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

int connectToLoopback(in_port_t port, in_addr_t from, bool reads)
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!reads)
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &smallBuffer, sizeof smallBuffer);
    bool good = true;
    if (from != 0) {
        // The kernel chooses the port in connect(): chosen in bind(), ports would soon run out.
        ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        const sockaddr_in own = loopback(from, 0);
        good = ::bind(descriptor, reinterpret_cast<const sockaddr *>(&own), sizeof own) == 0;
    }
    const sockaddr_in server = loopback(INADDR_LOOPBACK, port);
    if (good
        && (::connect(descriptor, reinterpret_cast<const sockaddr *>(&server), sizeof server) == 0
            || errno == EINPROGRESS))
        return descriptor;
    ::close(descriptor);
    return -1;
}

bool isConnected(int descriptor)
{
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0;
}

void closeWithReset(int descriptor)
{
    const linger none{1, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ::close(descriptor);
}

} // namespace rookery::load
