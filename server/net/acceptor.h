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

/// The daemon's listening ports. Accepted connections go to the servers in round-robin order; each server has
/// its own thread.
///
/// Thread: the one it was constructed on. The servers may live on any thread and must outlive the Acceptor,
/// or at least the call of close().
class Acceptor : public QObject
{
    Q_OBJECT
public:
    explicit Acceptor(std::vector<Server *> servers, QObject *parent = nullptr);
    ~Acceptor() override;

    /// Listens on `http://ADDRESS:PORT`, `https://ADDRESS:PORT` or `unix:/PATH`; port 0 picks a free one.
    /// Returns the URL with the actual port, or a sentence that names the address and the reason. https needs
    /// `tls`.
    Result<QUrl> listen(const QUrl &url, const std::optional<TlsFiles> &tls = std::nullopt);

    /// The mode (chmod) of Unix sockets opened from now on: it decides who may connect.
    void setLocalMode(mode_t mode) { m_localMode = mode; }

    /// Whether a TLS handshake of this cost (TlsContext::handshakeCost()) may begin; otherwise the connection
    /// is closed before any of it is computed.
    using HandshakeGate = std::function<bool(const QHostAddress &address, int cost)>;
    void setHandshakeGate(HandshakeGate gate) { m_gate = std::move(gate); }

    /// Closes all ports. After it returns, no connection is handed to a server.
    void close();

private:
    Result<QUrl> listenLocal(const QUrl &url);
    void handOver(int descriptor, const std::shared_ptr<TlsContext> &tls);

    std::vector<Server *> m_servers;
    size_t m_next = 0; ///< next server in round-robin order
    mode_t m_localMode = 0660;
    HandshakeGate m_gate;
    std::vector<std::unique_ptr<Listener>> m_listeners;
};

} // namespace rookery::net
