// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/endpoint.h"

#include "tests/wire/load/failure.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rookery::load {

Endpoint::Endpoint(const QUrl &url)
{
    const bool secure = url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("wss");
    const bool plain = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("ws");
    if ((!secure && !plain) || url.host().isEmpty())
        throw Failure(QStringLiteral("'%1' is not a URL such as http://127.0.0.1:5000").arg(url.toString()));
    const int port = url.port(secure ? 443 : 80);
    m_text = url.toString().toStdString();
    const QString host = url.host().contains(u':') ? u'[' + url.host() + u']' : url.host();
    m_authority = QStringLiteral("%1:%2").arg(host).arg(port).toStdString();

    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    const int problem =
        ::getaddrinfo(url.host().toUtf8().constData(), QByteArray::number(port).constData(), &hints, &found);
    if (problem != 0 || !found)
        throw Failure(QStringLiteral("The host of %1 is not to be found: %2")
                          .arg(url.toString(), QString::fromLocal8Bit(::gai_strerror(problem))));
    std::memcpy(&m_address, found->ai_addr, found->ai_addrlen);
    m_addressSize = found->ai_addrlen;
    ::freeaddrinfo(found);

    if (secure) {
        m_tls = std::shared_ptr<SSL_CTX>(::SSL_CTX_new(TLS_client_method()), &::SSL_CTX_free);
        if (!m_tls)
            throw Failure(QStringLiteral("OpenSSL cannot be used."));
        ::SSL_CTX_set_verify(m_tls.get(), SSL_VERIFY_NONE, nullptr);
        ::SSL_CTX_set_mode(m_tls.get(),
            SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
}

int Endpoint::connectNow() const
{
    const int descriptor = ::socket(m_address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(descriptor, reinterpret_cast<const sockaddr *>(&m_address), m_addressSize) != 0
        && errno != EINPROGRESS) {
        const int problem = errno;
        ::close(descriptor);
        errno = problem;
        return -1;
    }
    return descriptor;
}

} // namespace rookery::load
