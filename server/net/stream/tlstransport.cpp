// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/stream/tlstransport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

#include <sys/socket.h>

namespace rookery::net {

namespace {

constexpr char plainText[] =
    "This port speaks TLS. Use https:// (or wss://) instead of http:// (or ws://).\n";

/// Whether the client's first byte is a letter, as in an HTTP request but in no TLS record.
bool speaksPlainly(int descriptor)
{
    char first = 0;
    return ::recv(descriptor, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1
        && ((first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z'));
}

/// Fits into an empty socket's buffer and is sent once; the connection ends with it.
void answerPlainly(int descriptor)
{
    constexpr int length = int(sizeof plainText) - 1;
    static const QByteArray answer = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                     "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                                     "Connection: close\r\nContent-Length: "
        + QByteArray::number(length) + "\r\n\r\n" + plainText;
    ::send(descriptor, answer.constData(), size_t(answer.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(descriptor, SHUT_WR);
    // Closing a socket with unread bytes resets the connection, and the answer is lost.
    std::array<char, 16 * 1024> unread;
    while (::recv(descriptor, unread.data(), unread.size(), MSG_DONTWAIT) == ssize_t(unread.size())) { }
}

} // namespace

TlsTransport::TlsTransport(int descriptor, std::shared_ptr<TlsContext> context, Watcher *watcher)
    : Transport(descriptor, watcher)
    , m_context(std::move(context))
    , m_session(m_context->newSession(descriptor))
{
    if (!m_session)
        fail();
}

TlsTransport::~TlsTransport()
{
    SSL_free(m_session);
}

bool TlsTransport::establish()
{
    if (m_established || failed())
        return m_established;
    if (!m_begun && speaksPlainly(descriptor())) {
        answerPlainly(descriptor());
        fail();
        return false;
    }
    m_begun = true;
    ERR_clear_error();
    const int returned = SSL_do_handshake(m_session);
    if (returned == 1) {
        m_established = true;
        setWriteNotification(false);
        return true;
    }
    const int error = SSL_get_error(m_session, returned);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        setWriteNotification(error == SSL_ERROR_WANT_WRITE);
    else
        fail();
    return false;
}

/// SSL_ERROR_WANT_WRITE of a read (a key update that the kernel did not take) needs no handling: it is sent
/// with the next write or read.
Transport::Io TlsTransport::outcome(int returned)
{
    switch (SSL_get_error(m_session, returned)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return {0, Read::Nothing};
    case SSL_ERROR_ZERO_RETURN:
        return {0, Read::End};
    default:
        return {0, Read::Failed};
    }
}

Transport::Io TlsTransport::ioRead(char *data, qsizetype size)
{
    ERR_clear_error();
    size_t got = 0;
    const int returned = SSL_read_ex(m_session, data, size_t(size), &got);
    if (returned == 1)
        return {qsizetype(got), Read::Bytes};
    return outcome(returned);
}

Transport::Io TlsTransport::ioWrite()
{
    if (!m_established)
        return {0, Read::Nothing};
    const QByteArrayView piece = nextPiece();
    ERR_clear_error();
    size_t sent = 0;
    const int returned = SSL_write_ex(m_session, piece.data(), size_t(piece.size()), &sent);
    if (returned == 1) {
        m_committed = 0;
        return {qsizetype(sent), Read::Bytes};
    }
    const Io io = outcome(returned);
    if (io.result == Read::End)
        return {0, Read::Failed};
    // OpenSSL requires a retry with the same bytes, and at least as many; they stay at the front of the
    // queue.
    m_committed = std::max(m_committed, piece.size());
    return io;
}

void TlsTransport::shutdownWrite()
{
    if (m_established && !failed()) {
        ERR_clear_error();
        SSL_shutdown(m_session);
    }
    Transport::shutdownWrite();
}

} // namespace rookery::net
