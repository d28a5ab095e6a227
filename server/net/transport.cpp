#include "server/net/transport.h"

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

constexpr qsizetype gatheredBuffers = 64;
constexpr qsizetype buffersKept = 16;
/// Up to this size copying is cheaper than a buffer of one's own.
constexpr qsizetype copiedBytes = 512;
constexpr qsizetype collectedBytes = 4096;
constexpr qsizetype collectionBegins = 96;

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
    if (io.result == Read::Failed)
        m_failed = true;
    return io.result;
}

void Transport::write(const QByteArray &bytes, bool continuation)
{
    if (bytes.size() <= copiedBytes) {
        writeCopy(bytes, continuation);
        return;
    }
    if (m_failed)
        return;
    m_queue.append({bytes, continuation});
    m_queued += bytes.size();
    m_ownTail = false;
}

void Transport::writeCopy(QByteArrayView bytes, bool continuation)
{
    if (bytes.isEmpty() || m_failed)
        return;
    m_queued += bytes.size();
    // A unit is not spread over two collections, or dropQueued() would find no place to cut.
    if (m_ownTail && !m_queue.isEmpty()
        && (continuation || m_queue.last().bytes.size() + bytes.size() <= collectedBytes)) {
        m_queue.last().bytes.append(bytes);
        return;
    }
    QByteArray collection;
    collection.reserve(std::max(bytes.size(), collectionBegins));
    collection.append(bytes);
    m_queue.append({std::move(collection), continuation});
    m_ownTail = true;
}

bool Transport::flush()
{
    while (!m_failed && !m_queue.isEmpty()) {
        const Io io = ioWrite();
        taken(io.count);
        if (io.result == Read::Failed)
            m_failed = true;
        if (io.result == Read::Nothing)
            break;
    }
    if (m_failed) {
        m_queue.clear();
        m_queued = 0;
        m_offset = 0;
    }
    if (m_queue.isEmpty() && m_queue.capacity() > buffersKept)
        m_queue = {}; // a burst is over; thousands of idle connections must not keep what it took
    setWriteNotification(!m_queue.isEmpty());
    return !m_failed;
}

void Transport::taken(qsizetype count)
{
    m_queued -= count;
    m_sent += count;
    while (count > 0) {
        const qsizetype left = m_queue.first().bytes.size() - m_offset;
        if (count < left) {
            m_offset += count;
            return;
        }
        count -= left;
        m_offset = 0;
        m_queue.removeFirst();
    }
}

void Transport::dropQueued()
{
    const qint64 bound = std::max<qint64>(committed(), m_offset > 0 ? 1 : 0);
    qsizetype kept = 0;
    qint64 bytes = -m_offset;
    // A unit goes on in the buffers behind that are continuations: a large payload after its header, say.
    while (kept < m_queue.size() && (bytes < bound || m_queue[kept].continuation))
        bytes += m_queue[kept++].bytes.size();
    m_queue.resize(kept);
    m_queue.squeeze();
    m_queued = bytes;
    m_ownTail = false;
}

qint64 Transport::unsent() const
{
    int bytes = 0;
    return ::ioctl(descriptor(), TIOCOUTQ, &bytes) == 0 ? bytes : 0;
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

Transport::Io Transport::ioWrite()
{
    std::array<iovec, gatheredBuffers> parts;
    const qsizetype count = std::min(m_queue.size(), gatheredBuffers);
    for (qsizetype i = 0; i < count; ++i) {
        const QByteArray &bytes = std::as_const(m_queue)[i].bytes;
        const qsizetype skip = i == 0 ? m_offset : 0;
        parts[size_t(i)] = {const_cast<char *>(bytes.constData()) + skip, size_t(bytes.size() - skip)};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = size_t(count);
    const ssize_t sent = ::sendmsg(descriptor(), &message, MSG_NOSIGNAL);
    if (sent >= 0)
        return {qsizetype(sent), Read::Bytes};
    return {0, wouldBlock(errno) ? Read::Nothing : Read::Failed};
}

} // namespace rookery::net
