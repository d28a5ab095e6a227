#include "server/net/tlstransport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

namespace rookery::net {

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

/// SSL_ERROR_WANT_WRITE of a read (a key update that the kernel did not take) needs no care of its own: it is
/// sent with the next write or read.
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
    // The same bytes must come again, and at least as many; they stay at the front of the queue.
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
