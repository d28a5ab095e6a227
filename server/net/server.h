// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "common/limits.h"
#include "server/net/handshake.h"
#include "server/net/incoming.h"
#include "server/net/peer/connectionquota.h"
#include "server/net/peer/hostrules.h"
#include "server/net/peer/trustedproxies.h"
#include "server/net/responder.h"

#include <QList>
#include <QObject>

#include <functional>
#include <memory>
#include <optional>

class QHttpServer;
class QHttpServerResponder;

namespace rookery::net {

class HttpHandler;
class TlsContext;
class WebSocket;

/// One thread's connections: HTTP and WebSocket on one port, plain and TLS, in front of a QHttpServer and a
/// QWebSocketServer that see only complete, canonical, bounded requests. It has no port of its own: an
/// Acceptor passes accepted connections to it.
///
/// What a handler of requests may rely on:
/// - the body is complete, and at most Limits::bodyBytes, or the HttpHandler's limit;
/// - a request can still be answered safely after its client has disconnected;
/// - the answer to HEAD loses its body here.
/// Routes of http() may also rely on: the path has no trailing slash ("/" itself is kept), HEAD arrives as GET,
/// and the request has no header fields but Content-Length; incoming() has the others, and the peer's address.
/// They must destroy their responder in the same call in which they answer. Qt 6.4 deletes what the responder
/// points to once the answer has been written.
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

    /// Receives every buffered request that no route of http() takes, and answers it, at once or later. Call
    /// before the first connection is admitted; with Qt 6.4 the handler lives as long as the server.
    using RequestHandler = std::function<void(const Incoming &request, Responder responder)>;
    void setRequestHandler(RequestHandler handler);
    /// Writes a complete answer. `body` is shared, not copied; the data of QByteArray::fromRawData() must
    /// therefore live for ever. `headers` must not contain Content-Length. If a header would break out of its
    /// line (RFC 9110 section 5.5), only a 500 is sent.
    void answer(Responder responder, int status, const QList<std::pair<QByteArray, QByteArray>> &headers,
        const QByteArray &body);

    /// For QHttpServer's own routes, added before the first connection is admitted. They may answer through
    /// its API or with the call below, which is cheaper, since nothing more will be written.
    QHttpServer &http();
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

    /// Decides on every request by its head (server/net/exchange.h); a request that it does not leave to be
    /// buffered never reaches http(). Without a handler all requests do. Call before the first connection is
    /// admitted, and with nullptr before the handler goes.
    void setHttpHandler(HttpHandler *handler);

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
