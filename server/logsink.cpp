// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/logsink.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace rookery {

namespace {

/// A writable pipe takes so much without blocking, and in one piece (pipe(7)). The descriptor itself stays
/// blocking: that would be a property of the terminal, or of whoever else has it.
constexpr size_t pieceBytes = PIPE_BUF;
constexpr int pollMs = 100;

bool isWritable(int descriptor, int timeoutMs)
{
    pollfd watched{descriptor, POLLOUT, 0};
    return ::poll(&watched, 1, timeoutMs) > 0;
}

} // namespace

LogSink::LogSink(int descriptor, qsizetype mostBytes, std::function<QByteArray(qint64)> lost)
    : m_descriptor(descriptor)
    , m_mostBytes(mostBytes)
    , m_lostLine(std::move(lost))
{ }

LogSink::~LogSink()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_ending = true;
    }
    if (m_thread.joinable())
        m_thread.join();
}

void LogSink::write(const QByteArray &line)
{
    const std::scoped_lock lock(m_mutex);
    if (m_bytes + line.size() > m_mostBytes) {
        ++m_lost;
        return;
    }
    m_waiting.push_back(line);
    m_bytes += line.size();
    if (m_draining)
        return;
    writeSome();
    if (!m_waiting.empty())
        startDraining();
}

void LogSink::startDraining()
{
    if (m_thread.joinable())
        m_thread.join(); // it has nothing more to do
    try {
        m_draining = true;
        m_thread = std::thread(&LogSink::drain, this);
    } catch (const std::system_error &) {
        m_draining = false; // the next line tries again
    }
}

void LogSink::drain()
{
    for (;;) {
        isWritable(m_descriptor, pollMs);
        const std::scoped_lock lock(m_mutex);
        if (!m_ending)
            writeSome();
        if (m_ending || m_waiting.empty()) {
            m_draining = false;
            m_drained.notify_all();
            return;
        }
    }
}

void LogSink::writeSome()
{
    while (!m_waiting.empty() && isWritable(m_descriptor, 0)) {
        if (!writeFront())
            return;
        if (m_waiting.empty() && m_lost > 0) {
            m_waiting.push_back(m_lostLine(std::exchange(m_lost, 0)));
            m_bytes += m_waiting.back().size();
        }
    }
}

/// False: not now.
bool LogSink::writeFront()
{
    QByteArray &front = m_waiting.front();
    const ssize_t written =
        ::write(m_descriptor, front.constData(), std::min(size_t(front.size()), pieceBytes));
    if (written < 0) {
        if (errno == EINTR || errno == EAGAIN)
            return false;
        // Nobody will ever read it, as when the other end of a pipe is closed.
        m_waiting.clear();
        m_bytes = 0;
        m_lost = 0;
        return false;
    }
    m_bytes -= written;
    if (written < front.size())
        front.remove(0, written);
    else
        m_waiting.pop_front();
    return true;
}

void LogSink::finish(std::chrono::milliseconds patience)
{
    std::unique_lock lock(m_mutex);
    m_drained.wait_for(lock, patience, [this] { return !m_draining; });
}

} // namespace rookery
