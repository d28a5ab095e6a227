// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/daemon/leavingclient.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rookery::test {

void LeavingClient::FreeContext::operator()(ssl_ctx_st *context) const
{
    SSL_CTX_free(context);
}

void LeavingClient::FreeSession::operator()(ssl_st *session) const
{
    SSL_free(session);
}

LeavingClient::LeavingClient(quint16 port, bool tls, bool handshake)
    : m_descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    const timeval patience{30, 0};
    ::setsockopt(m_descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(m_descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int on = 1;
    ::setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    m_connected = ::connect(m_descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    if (!tls || !handshake || !m_connected)
        return;
    m_context.reset(SSL_CTX_new(TLS_client_method()));
    m_session.reset(SSL_new(m_context.get()));
    SSL_set_fd(m_session.get(), m_descriptor);
    m_connected = SSL_connect(m_session.get()) == 1;
}

LeavingClient::~LeavingClient()
{
    leave(Way::Cut);
}

bool LeavingClient::send(const QByteArray &bytes)
{
    if (bytes.isEmpty())
        return true;
    if (m_session)
        return SSL_write(m_session.get(), bytes.constData(), int(bytes.size())) == bytes.size();
    return ::send(m_descriptor, bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL) == bytes.size();
}

QByteArray LeavingClient::receive(int most)
{
    QByteArray bytes(most, Qt::Uninitialized);
    const auto count = m_session ? SSL_read(m_session.get(), bytes.data(), most)
                                 : int(::recv(m_descriptor, bytes.data(), size_t(most), 0));
    return bytes.first(std::max(0, count));
}

void LeavingClient::leave(Way way)
{
    if (m_descriptor < 0)
        return;
    if (way == Way::Close && m_session)
        SSL_shutdown(m_session.get());
    if (way == Way::Reset) {
        const linger none{1, 0};
        ::setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    }
    m_session.reset();
    ::close(std::exchange(m_descriptor, -1));
}

} // namespace rookery::test
