#pragma once

#include "common/result.h"
#include "server/net/tlsfiles.h"

#include <memory>

struct ssl_ctx_st;
struct ssl_st;

namespace rookery::net {

/// The certificate of a listener, from which each connection's TLS is made: TLS 1.2 and up, only suites
/// with forward secrecy and authenticated encryption, no renegotiation, no client certificates. Shared by its
/// connections.
class TlsContext
{
public:
    /// Reads the files; the Error is a sentence that names the file.
    static Result<std::shared_ptr<TlsContext>> load(const TlsFiles &files);
    ~TlsContext();
    TlsContext(const TlsContext &) = delete;
    TlsContext &operator=(const TlsContext &) = delete;

    /// What a handshake costs this side, about, by its key: 1 for elliptic curves (some 0.3 ms of a core), 2
    /// for RSA of 2,048 bits, 4 of 3,072, 8 of more.
    int handshakeCost() const;

    /// A server's side of one connection; nullptr when memory has run out. The caller frees it.
    ssl_st *newSession(int descriptor) const;

private:
    explicit TlsContext(ssl_ctx_st *context)
        : m_context(context)
    { }

    ssl_ctx_st *m_context;
};

} // namespace rookery::net
