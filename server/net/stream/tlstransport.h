// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/stream/tlscontext.h"
#include "server/net/stream/transport.h"

namespace rookery::net {

/// A Transport over TLS, by OpenSSL on the descriptor. Queued bytes are combined into records of up to 16
/// KiB, so that a frame's header and payload do not cost a record each. The process must ignore SIGPIPE.
class TlsTransport : public Transport
{
public:
    TlsTransport(int descriptor, std::shared_ptr<TlsContext> context, Watcher *watcher);
    ~TlsTransport() override;

    bool establish() override;
    void shutdownWrite() override;

protected:
    Io ioRead(char *data, qsizetype size) override;
    Io ioWrite() override;
    qsizetype committed() const override { return m_committed; }

private:
    Io outcome(int returned);

    std::shared_ptr<TlsContext> m_context;
    ssl_st *m_session;
    qsizetype m_committed = 0; ///< bytes that OpenSSL has put into a record that the kernel did not take yet
    bool m_begun = false; ///< the handshake has begun
    bool m_established = false;
};

} // namespace rookery::net
