// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QtGlobal>

#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace rookery::net::test {

/// Two ends of one connection inside this process; closes ends that were not taken.
class SocketPair
{
public:
    SocketPair()
    {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
            qFatal("no socket pair");
        m_near = ends[0];
        m_far = ends[1];
    }
    ~SocketPair()
    {
        closeNear();
        closeFar();
    }
    SocketPair(SocketPair &&other) noexcept
        : m_near(other.takeNear())
        , m_far(std::exchange(other.m_far, -1))
    { }
    SocketPair &operator=(SocketPair &&) = delete;

    /// The end that is watched or handed over.
    int near() const { return m_near; }
    int takeNear() { return std::exchange(m_near, -1); }
    void closeNear() { close(m_near); }
    /// Reads the bytes received.
    void drainNear() const
    {
        char bytes[64];
        while (::recv(m_near, bytes, sizeof bytes, 0) > 0) { }
    }
    /// Writes until the buffer is full.
    void fillNear() const
    {
        const QByteArray bytes(4096, 'x');
        while (::send(m_near, bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL) > 0) { }
    }

    /// The test's own end.
    void write() const
    {
        if (::send(m_far, "x", 1, MSG_NOSIGNAL) != 1)
            qFatal("cannot write to a socket pair");
    }
    void drainFar() const
    {
        char bytes[4096];
        while (::recv(m_far, bytes, sizeof bytes, 0) > 0) { }
    }
    bool farAtEnd() const
    {
        char byte;
        return ::recv(m_far, &byte, 1, 0) == 0;
    }
    void closeFar() { close(m_far); }

private:
    static void close(int &end)
    {
        if (end >= 0)
            ::close(std::exchange(end, -1));
    }

    int m_near;
    int m_far;
};

} // namespace rookery::net::test
