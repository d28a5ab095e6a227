// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <memory>

struct ssl_ctx_st;
struct ssl_st;

namespace rookery::test {

/// A client that can disconnect at any point, on a blocking descriptor of its own.
class LeavingClient
{
public:
    enum class Way {
        Close, ///< an orderly end of the connection; over TLS preceded by that of TLS
        Cut, ///< the descriptor is closed without TLS's close_notify
        Reset, ///< RST, as from a machine that has forgotten the connection
    };

    /// Connects; over TLS with its handshake unless `handshake` is false. The certificate is not checked.
    LeavingClient(quint16 port, bool tls, bool handshake = true);
    ~LeavingClient();
    LeavingClient(const LeavingClient &) = delete;
    LeavingClient &operator=(const LeavingClient &) = delete;

    bool connected() const { return m_connected; }
    /// False if the connection has broken.
    bool send(const QByteArray &bytes);
    /// Waits for input and takes it, at most `most` bytes; empty at the end or after 30 s.
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
