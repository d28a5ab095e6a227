// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <memory>

struct ssl_ctx_st;
struct ssl_st;

namespace rookery::test {

/// A client that can leave in the middle of anything, on a blocking descriptor of its own.
class LeavingClient
{
public:
    enum class Way {
        Close, ///< an orderly end of the connection; over TLS with its own before
        Cut, ///< the descriptor is closed without a word of TLS
        Reset, ///< RST, as from a machine that has forgotten the connection
    };

    /// Connects; over TLS with its handshake unless `handshake` is false. The certificate is not looked at.
    LeavingClient(quint16 port, bool tls, bool handshake = true);
    ~LeavingClient();
    LeavingClient(const LeavingClient &) = delete;
    LeavingClient &operator=(const LeavingClient &) = delete;

    bool connected() const { return m_connected; }
    /// False where the connection has broken.
    bool send(const QByteArray &bytes);
    /// Waits for something and takes it, at most `most` bytes; empty at the end or after 30 s.
    QByteArray receive(int most = 4096);
    void leave(Way way);

private:
    struct FreeContext
    {
        void operator()(ssl_ctx_st *context) const;
    };
    struct FreeSession
    {
        void operator()(ssl_st *session) const;
    };

    int m_descriptor = -1;
    bool m_connected = false;
    std::unique_ptr<ssl_ctx_st, FreeContext> m_context;
    std::unique_ptr<ssl_st, FreeSession> m_session;
};

} // namespace rookery::test
