// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "common/limits.h"
#include "server/net/handshake.h"
#include "server/net/incoming.h"
#include "server/net/peer/connectionquota.h"
#include "server/net/peer/hostrules.h"
#include "server/net/peer/trustedproxies.h"

#include <QHttpServer>
#include <QHttpServerResponder>
#include <QList>
#include <QObject>

#include <functional>
#include <memory>
#include <optional>

namespace rookery::net {

class TlsContext;
class WebSocket;

/// One thread's connections: HTTP and WebSocket on one port, plain and TLS, in front of a QHttpServer and a
/// QWebSocketServer that see only complete, canonical, bounded requests. It has no port of its own: an
/// Acceptor passes accepted connections to it.
///
/// What a handler of http() may rely on, beyond what Qt guarantees:
/// - the path has no trailing slash, whatever was sent ("/" itself is kept); the body is at most
///   Limits::bodyBytes;
/// - its request has no header fields but Content-Length, and not the peer's address: incoming() has them, as
///   they were sent;
/// - a request can still be answered safely after its client has disconnected;
/// - HEAD arrives as GET, and its answer loses its body here; methods unknown to Qt never arrive.
/// What it must do: destroy its responder in the same call in which it answers. Qt 6.4 deletes what the
/// responder points to once the answer has been written.
///
/// Thread: that of its construction, for all signals too; only admit() and connectionCount() may be called
/// from another.
class Server : public QObject
{
    Q_OBJECT
public:
    /// `quota` is shared by the servers of all threads.
    Server(const Limits &limits, std::shared_ptr<ConnectionQuota> quota, QObject *parent = nullptr);
    ~Server() override;

    /// Add all routes before the first connection is admitted.
    QHttpServer &http();
    /// Writes a complete answer and ends its responder. Handlers may also answer through QHttpServer's own
    /// API. This call is cheaper, since nothing more will be written, and `body` is shared, not copied; the
    /// data of QByteArray::fromRawData() must therefore live for ever. `headers` must not contain
    /// Content-Length. If a header would break out of its line (RFC 9110 section 5.5), only a 500 is sent.
    void answer(QHttpServerResponder responder, int status,
        const QList<std::pair<QByteArray, QByteArray>> &headers, const QByteArray &body);
    /// The request whose handler is running; nullptr outside of a handler.
    const Incoming *incoming() const;

    /// Proxies whose X-Forwarded-For is trusted. Call before the first connection is admitted.
    void setTrustedProxies(TrustedProxies proxies);

    /// The names this server answers to; all names by default. Call before the first connection is admitted.
    void setHostRules(HostRules rules);
    /// Answers over TLS carry Strict-Transport-Security with this max-age (RFC 6797); 0: they do not.
    void setTransportSecurity(std::chrono::seconds time);

    /// Decides on a handshake before the 101: nullopt accepts; an Error is answered over HTTP with its status
    /// (403 for a foreign Origin, 404 for a path that is no WebSocket). Without a filter every handshake is
    /// refused with 404.
    using HandshakeFilter = std::function<std::optional<Error>(const Handshake &)>;
    void setHandshakeFilter(HandshakeFilter filter);

    /// Writes the HTTP answer for requests refused before a handler sees them (414, 431, 408, 413, 403 …): a
    /// complete HTTP/1.1 answer, head and body, made from status and Error, so that such answers look like
    /// all others. `Connection: close` is added to it here, and its body left out for HEAD. Set by
    /// server/http; without it, problem details are written here.
    using RefusalBody = std::function<QByteArray(int status, const Error &)>;
    void setRefusalBody(RefusalBody body);

    /// Takes ownership of an accepted descriptor, non-blocking and close-on-exec; `tls` is set for a TLS
    /// port. Thread-safe: the connection is served on this server's thread; one wake-up serves a batch.
    /// Descriptors still queued when the server stops or is destroyed are closed.
    void admit(int descriptor, std::shared_ptr<TlsContext> tls);

    /// Answers the requests already read; closes idle connections, and from now on every new one at once.
    /// Open WebSockets stay until their owners close them. A second call does nothing.
    void stop();
    /// Open connections of any kind. Thread-safe.
    int connectionCount() const;

Q_SIGNALS:
    /// The 101 has been sent. The receiver must set the socket's listener inside this call; `handshake` is
    /// destroyed after it.
    void webSocketOpened(rookery::net::WebSocket *socket, const rookery::net::Handshake &handshake);
    /// A connection was refused because its network has reached its limit.
    void tooManyConnections(const QHostAddress &address);
    /// After stop(): the last connection is gone.
    void drained();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace rookery::net
