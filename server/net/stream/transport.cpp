// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/stream/transport.h"

#include "server/metrics/counters.h"
#include "server/net/peer/addresses.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace rookery::net {

namespace {

constexpr int gatheredParts = 64;
/// What the kernel may hold of a connection beyond what is in flight. Without this bound it takes megabytes
/// for a peer that does not read, invisible to the limits here.
constexpr int unsentInKernel = 256 * 1024;

bool wouldBlock(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace

Transport::Transport(int descriptor, Watcher *watcher)
    : DescriptorWatch(descriptor)
    , m_watcher(watcher)
{
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef TCP_NOTSENT_LOWAT
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsentInKernel, sizeof unsentInKernel);
#endif
    setReading(true);
}

Transport::~Transport()
{
    stopWatching();
    ::close(descriptor());
}

void Transport::descriptorReady(Events events)
{
    if (events & DescriptorWatch::Read)
        m_watcher->transportReadable();
    if (events & Write & interest()) {
        flush();
        m_watcher->transportWritten();
    }
}

Transport::Read Transport::read(char *data, qsizetype size, qsizetype &count)
{
    if (m_failed)
        return Read::Failed;
    const Io io = ioRead(data, size);
    count = io.count;
    metrics::ofThisThread().bytesRead.add(quint64(io.count));
    if (io.result == Read::Failed)
        m_failed = true;
    return io.result;
}

bool Transport::flush()
{
    while (!m_failed && !m_outbox.isEmpty()) {
        const Io io = ioWrite();
        m_outbox.remove(io.count);
        m_sent += io.count;
        if (io.count > 0) {
            metrics::ofThisThread().writes.add();
            metrics::ofThisThread().bytesWritten.add(quint64(io.count));
        }
        if (io.result == Read::Failed)
            m_failed = true;
        if (io.result == Read::Nothing)
            break;
    }
    if (m_failed)
        m_outbox.clear();
    setWriteNotification(!m_outbox.isEmpty());
    return !m_failed;
}

QByteArrayView Transport::nextPiece() const
{
    const QByteArrayView front = m_outbox.front();
    if (front.size() == m_outbox.size() || front.size() >= pieceBytes)
        return front.first(std::min(front.size(), pieceBytes));
    thread_local std::array<char, pieceBytes> piece;
    return {piece.data(), m_outbox.copyTo(piece.data(), pieceBytes)};
}

qint64 Transport::unsent() const
{
    int bytes = 0;
    return ::ioctl(descriptor(), TIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

QHostAddress Transport::ownAddress() const
{
    return ownAddressOf(descriptor());
}

void Transport::shutdownWrite()
{
    ::shutdown(descriptor(), SHUT_WR);
}

void Transport::setAbortive()
{
    const linger off{1, 0};
    ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &off, sizeof off);
}

Transport::Io Transport::ioRead(char *data, qsizetype size)
{
    const ssize_t got = ::recv(descriptor(), data, size_t(size), 0);
    if (got > 0)
        return {qsizetype(got), Read::Bytes};
    if (got == 0)
        return {0, Read::End};
    return {0, wouldBlock(errno) ? Read::Nothing : Read::Failed};
}

/// Copying small parts into one buffer is faster than having the kernel iterate over them.
Transport::Io Transport::ioWrite()
{
    ssize_t offered = 0;
    ssize_t sent = 0;
    if (m_outbox.size() <= pieceBytes) {
        const QByteArrayView piece = nextPiece();
        offered = piece.size();
        sent = ::send(descriptor(), piece.data(), size_t(offered), MSG_NOSIGNAL);
    } else {
        std::array<iovec, gatheredParts> parts;
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = size_t(m_outbox.gather(parts.data(), gatheredParts));
        for (size_t i = 0; i < message.msg_iovlen; ++i)
            offered += ssize_t(parts[i].iov_len);
        sent = ::sendmsg(descriptor(), &message, MSG_NOSIGNAL);
    }
    if (sent >= 0) // a partial write means that the kernel is full
        return {qsizetype(sent), sent == offered ? Read::Bytes : Read::Nothing};
    return {0, wouldBlock(errno) ? Read::Nothing : Read::Failed};
}

} // namespace rookery::net
