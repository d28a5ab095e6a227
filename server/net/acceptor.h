// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/net/stream/tlsfiles.h"

#include <QHostAddress>
#include <QObject>
#include <QUrl>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <sys/types.h>

namespace rookery::net {

class Listener;
class Server;
class TlsContext;

/// The daemon's ports. What it accepts goes to the servers in turn, one of each thread.
///
/// Thread: that of its construction. The servers may live on any; they must outlive it, or at least close().
class Acceptor : public QObject
{
    Q_OBJECT
public:
    explicit Acceptor(std::vector<Server *> servers, QObject *parent = nullptr);
    ~Acceptor() override;

    /// Listens on `http://ADDRESS:PORT`, `https://ADDRESS:PORT` or `unix:/PATH`; port 0 picks one. Answers
    /// the URL with the port that was taken, or a sentence that says which address could not be had and why.
    /// https needs `tls`.
    Result<QUrl> listen(const QUrl &url, const std::optional<TlsFiles> &tls = std::nullopt);

    /// Who may connect to the Unix sockets that are listened on from now on, as of chmod.
    void setLocalMode(mode_t mode) { m_localMode = mode; }

    /// Whether a TLS handshake of this cost (TlsContext::handshakeCost()) may begin; otherwise the connection
    /// is closed before anything of it is computed.
    using HandshakeGate = std::function<bool(const QHostAddress &address, int cost)>;
    void setHandshakeGate(HandshakeGate gate) { m_gate = std::move(gate); }

    /// Gives up all ports. Nothing is handed to a server any more once it returns.
    void close();

private:
    Result<QUrl> listenLocal(const QUrl &url);
    void handOver(int descriptor, const std::shared_ptr<TlsContext> &tls);

    std::vector<Server *> m_servers;
    size_t m_next = 0; ///< the server whose turn it is
    mode_t m_localMode = 0660;
    HandshakeGate m_gate;
    std::vector<std::unique_ptr<Listener>> m_listeners;
};

} // namespace rookery::net
