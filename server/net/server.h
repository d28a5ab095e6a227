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

/// One thread's share of the daemon's connections: HTTP and WebSocket on one port, plain and TLS, in front of
/// a QHttpServer and a QWebSocketServer that see nothing but complete, canonical, bounded requests. It has no
/// port of its own: an Acceptor brings it what it has accepted.
///
/// What a handler of requests may rely on:
/// - the body is complete, and at most Limits::bodyBytes, or what the HttpHandler says;
/// - a request whose client has left is still safe to answer;
/// - the answer to HEAD loses its body here.
/// What routes of http() may rely on beyond that, and what Qt promises: the path has no trailing slash ("/"
/// itself stays), HEAD arrives as GET, and of the header fields there is Content-Length alone; incoming() has
/// the others, and the peer's address. What they must do: let go of their responder in the call in which they
/// have answered. Qt 6.4 deletes what that points to once the answer has left.
///
/// Thread: that of its construction, and so are all signals; only admit() and connectionCount() may be called
/// from another.
class Server : public QObject
{
    Q_OBJECT
public:
    /// `quota` is shared by the servers of all threads.
    Server(const Limits &limits, std::shared_ptr<ConnectionQuota> quota, QObject *parent = nullptr);
    ~Server() override;

    /// Gets every buffered request that no route of http() takes, and answers it, at once or later. Set before
    /// the first connection is admitted; with Qt 6.4 the handler lives as long as the server.
    using RequestHandler = std::function<void(const Incoming &request, Responder responder)>;
    void setRequestHandler(RequestHandler handler);
    /// Writes a whole answer. `body` is shared, not copied: where it is QByteArray::fromRawData(), for ever.
    /// `headers` must not hold Content-Length. Where one of them would break out of its line (RFC 9110 section
    /// 5.5) nothing of the answer is sent, but 500.
    void answer(Responder responder, int status, const QList<std::pair<QByteArray, QByteArray>> &headers,
        const QByteArray &body);

    /// For routes of QHttpServer's own, added before the first connection is admitted, which may answer as
    /// QHttpServer has it or by this: cheaper, since it is known that nothing more will come that way.
    QHttpServer &http();
    void answer(QHttpServerResponder responder, int status,
        const QList<std::pair<QByteArray, QByteArray>> &headers, const QByteArray &body);
    /// The request whose handler is running; nullptr outside of such a call.
    const Incoming *incoming() const;

    /// Where what these proxies bring comes from, they say; before the first connection is admitted.
    void setTrustedProxies(TrustedProxies proxies);

    /// Which names this server answers to; all of them without this. Before the first connection is admitted.
    void setHostRules(HostRules rules);
    /// Answers over TLS tell browsers to come by TLS only, for so long (RFC 6797); 0: they do not.
    void setTransportSecurity(std::chrono::seconds time);

    /// Decides on every request by its head (server/net/exchange.h): what it does not leave to be buffered
    /// never reaches http(). Without one all requests do. It outlives the server; before the first connection
    /// is admitted.
    void setHttpHandler(HttpHandler *handler);

    /// Decides on a handshake before the 101: nullopt accepts, an Error is answered over HTTP with its status
    /// (403 for a foreign Origin, 404 for a path that is no WebSocket). Without a filter every handshake is
    /// refused with 404.
    using HandshakeFilter = std::function<std::optional<Error>(const Handshake &)>;
    void setHandshakeFilter(HandshakeFilter filter);

    /// Writes the HTTP answer for what is refused before a handler sees it (414, 431, 408, 413, 403 …): a
    /// whole HTTP/1.1 answer, head and body, made from status and Error, so that such answers look like every
    /// other. `Connection: close` is added to it here, and its body left out for HEAD. Set by server/http;
    /// without it problem details are written here.
    using RefusalBody = std::function<QByteArray(int status, const Error &)>;
    void setRefusalBody(RefusalBody body);

    /// Takes an accepted descriptor over, non-blocking and closed on exec, of a TLS port where `tls` is
    /// given. Thread-safe: it is served from this server's thread, a batch of them with one wake-up. What is
    /// still queued when the server stops or goes is closed.
    void admit(int descriptor, std::shared_ptr<TlsContext> tls);

    /// Answers what was read; closes idle connections, and at once all that are admitted from now on. Open
    /// WebSockets stay until they are closed by their owners. Calling it again does nothing.
    void stop();
    /// Connections still open, of any kind. Thread-safe.
    int connectionCount() const;

Q_SIGNALS:
    /// The 101 has been sent. The receiver sets the socket's listener at once, in this very call; the
    /// handshake is gone after it.
    void webSocketOpened(rookery::net::WebSocket *socket, const rookery::net::Handshake &handshake);
    /// A connection was refused because its network has as many as it may have.
    void tooManyConnections(const QHostAddress &address);
    /// After stop(): the last connection has gone.
    void drained();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace rookery::net
