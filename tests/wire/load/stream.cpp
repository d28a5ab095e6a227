// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rookery::load {

bool Stream::open(const Endpoint &endpoint)
{
    close();
    m_connected = false;
    m_descriptor = endpoint.connectNow();
    if (m_descriptor < 0) {
        failed("connecting to", errno);
        m_problem += " (" + endpoint.text() + ')';
        return false;
    }
    m_events = EPOLLOUT;
    if (endpoint.tls()) {
        m_tls = ::SSL_new(endpoint.tls());
        if (!m_tls || ::SSL_set_fd(m_tls, m_descriptor) != 1) {
            m_problem = "OpenSSL has no memory for another connection";
            close();
            return false;
        }
        ::SSL_set_connect_state(m_tls);
    }
    return true;
}

Stream::State Stream::establish()
{
    if (!m_connected) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(m_descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0)
            return failed("connecting", error);
        m_connected = true;
    }
    if (!m_tls)
        return State::Done;
    ::ERR_clear_error();
    const int result = ::SSL_do_handshake(m_tls);
    return result == 1 ? State::Done : tlsState(result);
}

Stream::State Stream::read(char *buffer, std::size_t size, std::size_t &count)
{
    if (m_tls) {
        ::ERR_clear_error();
        const int result = ::SSL_read_ex(m_tls, buffer, size, &count);
        return result == 1 ? State::Done : tlsState(result);
    }
    for (;;) {
        const ssize_t got = ::recv(m_descriptor, buffer, size, 0);
        if (got > 0) {
            count = std::size_t(got);
            return State::Done;
        }
        if (got == 0)
            return State::Ended;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return failed("reading", errno);
        m_events = EPOLLIN;
        return State::Again;
    }
}

Stream::State Stream::write(std::string_view &bytes)
{
    while (!bytes.empty()) {
        if (m_tls) {
            std::size_t count = 0;
            ::ERR_clear_error();
            const int result = ::SSL_write_ex(m_tls, bytes.data(), bytes.size(), &count);
            if (result != 1)
                return tlsState(result);
            bytes.remove_prefix(count);
            continue;
        }
        const ssize_t sent = ::send(m_descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(std::size_t(sent));
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return failed("writing", errno);
        m_events = EPOLLIN | EPOLLOUT;
        return State::Again;
    }
    return State::Done;
}

void Stream::close(bool abort)
{
    if (m_tls) {
        ::SSL_free(m_tls);
        m_tls = nullptr;
    }
    if (m_descriptor < 0)
        return;
    if (abort) {
        const linger now{1, 0};
        ::setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    ::close(m_descriptor);
    m_descriptor = -1;
}

Stream::State Stream::failed(const char *what, int error)
{
    m_problem = std::string(what) + " failed: " + std::strerror(error);
    return State::Failed;
}

Stream::State Stream::tlsState(int result)
{
    const int systemError = errno;
    switch (::SSL_get_error(m_tls, result)) {
    case SSL_ERROR_WANT_READ:
        m_events = EPOLLIN;
        return State::Again;
    case SSL_ERROR_WANT_WRITE:
        m_events = EPOLLIN | EPOLLOUT;
        return State::Again;
    case SSL_ERROR_ZERO_RETURN:
        return State::Ended;
    case SSL_ERROR_SYSCALL:
        if (systemError == 0)
            return State::Ended;
        return failed("TLS", systemError);
    default: {
        char text[256] = "unknown";
        if (const unsigned long code = ::ERR_get_error())
            ::ERR_error_string_n(code, text, sizeof text);
        m_problem = std::string("TLS failed: ") + text;
        return State::Failed;
    }
    }
}

} // namespace rookery::load
