// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/crowd/flooder.h"

#include "tests/wire/load/loopback.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

namespace rookery::faults {

using namespace load;

namespace {

/// Bytes sent in one turn, so that one flooder does not occupy the loop.
constexpr std::uint64_t mostAtOnce = 256 * 1024;

} // namespace

Flooder::Flooder(EventLoop &loop, What what)
    : m_loop(loop)
    , m_what(std::move(what))
{ }

void Flooder::open()
{
    m_part = 0;
    m_at = 0;
    m_mayGoOn = m_what.until.empty();
    m_awaits = false;
    m_received.clear();
    m_descriptor = connectToLoopback(m_what.port, m_what.from, m_what.reads);
    if (m_descriptor >= 0)
        m_loop.watch(m_descriptor, EPOLLOUT, this);
}

void Flooder::ready(std::uint32_t events)
{
    if (m_descriptor < 0)
        return;
    if (!m_connected) {
        if (!isConnected(m_descriptor)) {
            close();
            return;
        }
        m_connected = true;
        ++m_opened;
    }
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 || ((events & EPOLLRDHUP) != 0 && !m_what.reads)) {
        close();
        return;
    }
    if ((events & EPOLLIN) != 0 && !readAll())
        return;
    write();
}

const std::string *Flooder::part()
{
    if (m_part == 0 && m_at == m_what.first.size()) {
        m_part = 1;
        m_at = 0;
    }
    if (m_part == 0)
        return &m_what.first;
    if (!m_mayGoOn)
        return nullptr;
    if (m_part == 1 && m_at == m_what.then.size()) {
        m_part = 2;
        m_at = 0;
    }
    if (m_part == 1)
        return &m_what.then;
    if (m_at == m_what.again.size()) {
        m_at = 0;
        m_awaits = !m_what.answer.empty();
    }
    return m_awaits || m_what.again.empty() ? nullptr : &m_what.again;
}

void Flooder::write()
{
    const std::string *bytes = nullptr;
    for (std::uint64_t written = 0; written < mostAtOnce && (bytes = part());) {
        const ssize_t count = ::send(m_descriptor, bytes->data() + m_at, bytes->size() - m_at, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EAGAIN || errno == EINTR)
                break;
            close();
            return;
        }
        m_at += std::size_t(count);
        written += std::uint64_t(count);
        m_sent += std::uint64_t(count);
    }
    m_loop.change(m_descriptor,
        (m_what.reads ? std::uint32_t(EPOLLIN) : std::uint32_t(EPOLLRDHUP))
            | (part() ? std::uint32_t(EPOLLOUT) : 0U),
        this);
}

bool Flooder::readAll()
{
    auto &buffer = m_loop.readBuffer();
    const ssize_t count = ::recv(m_descriptor, buffer.data(), buffer.size(), 0);
    const bool over = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
    if (over || (count > 0 && m_what.leaves)) {
        close();
        return false;
    }
    if (m_awaits && count > 0)
        takeAnswer({buffer.data(), std::size_t(count)});
    if (!m_mayGoOn && count > 0) {
        m_received.append(buffer.data(), std::size_t(count));
        m_mayGoOn = m_received.find(m_what.until) != std::string::npos;
    }
    return true;
}

void Flooder::takeAnswer(std::string_view bytes)
{
    const auto found = bytes.find(m_what.answer);
    if (found == std::string_view::npos)
        return;
    m_awaits = false;
    const std::string_view rest = bytes.substr(found + m_what.answer.size());
    int status = 0;
    std::from_chars(rest.data(), rest.data() + std::min<std::size_t>(rest.size(), 3), status);
    ++m_statuses[rest.size() < 3 ? 0 : status];
}

void Flooder::close()
{
    if (m_descriptor < 0)
        return;
    m_loop.unwatch(m_descriptor);
    closeWithReset(std::exchange(m_descriptor, -1));
    m_connected = false;
}

} // namespace rookery::faults
