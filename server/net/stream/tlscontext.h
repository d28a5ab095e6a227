// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/net/stream/tlsfiles.h"

#include <memory>

struct ssl_ctx_st;
struct ssl_st;

namespace rookery::net {

/// The certificate of a listener and the TLS configuration of its connections: TLS 1.2 and up, only suites
/// with forward secrecy and authenticated encryption, no renegotiation, no client certificates. Shared by its
/// connections.
class TlsContext
{
public:
    /// Reads the files, and never asks for a pass phrase on a terminal. Errors are those of checkTlsFiles().
    static Result<std::shared_ptr<TlsContext>> load(const TlsFiles &files);
    ~TlsContext();
    TlsContext(const TlsContext &) = delete;
    TlsContext &operator=(const TlsContext &) = delete;

    /// A sentence for each certificate in the file, issuers included, that is not valid at `now` or expires
    /// within two weeks.
    QStringList warnings(const QString &path, const QDateTime &now) const;

    /// The approximate server-side cost of a handshake with this key: 1 for elliptic curves (some 0.3 ms of a
    /// core), 2 for RSA with 2,048 bits, 4 with 3,072, 8 with more.
    int handshakeCost() const;

    /// The server side of one connection; nullptr if memory has run out. The caller frees it.
    ssl_st *newSession(int descriptor) const;

private:
    explicit TlsContext(ssl_ctx_st *context)
        : m_context(context)
    { }

    ssl_ctx_st *m_context;
};

} // namespace rookery::net
