#pragma once

#include "common/limits.h"
#include "common/result.h"
#include "server/net/handshake.h"

#include <QHttpServer>
#include <QObject>
#include <QUrl>

#include <functional>
#include <memory>
#include <optional>

namespace rookery::net {

class WebSocket;

/// A certificate with its key, in PEM.
struct TlsFiles
{
    QString certificate;
    QString key;
};

/// The only owner of sockets in the daemon: HTTP and WebSocket on one port, plain and TLS, in front of a
/// QHttpServer and a QWebSocketServer that see nothing but complete, canonical, bounded requests.
///
/// What a handler of http() may rely on, beyond what Qt promises:
/// - the path has no trailing slash, whatever was sent ("/" itself stays); the body is at most
/// Limits::bodyBytes;
/// - header `x-rookery-scheme` is "http" or "https", set here and never by the client;
/// - a request whose client has left is still safe to answer;
/// - HEAD arrives as GET, and its answer loses its body here; methods that Qt has no name for never arrive.
///
/// Thread: that of its construction; so are all signals.
class Server : public QObject
{
    Q_OBJECT
public:
    explicit Server(const Limits &limits, QObject *parent = nullptr);
    ~Server() override;

    /// Routes are added to it before listen().
    QHttpServer &http();

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

    /// Listens on `http://ADDRESS:PORT` or `https://ADDRESS:PORT`; port 0 picks one. Answers the URL with the
    /// port that was taken, or a sentence that says which address could not be had and why. https needs
    /// `tls`.
    Result<QUrl> listen(const QUrl &url, const std::optional<TlsFiles> &tls = std::nullopt);

    /// Stops accepting; answers what was read; closes idle connections. Open WebSockets stay until they are
    /// closed by their owners.
    void stopAccepting();
    /// Connections still open, of any kind.
    int connectionCount() const;

Q_SIGNALS:
    /// The 101 has been sent. The receiver connects to the socket's signals at once, in this very call.
    void webSocketOpened(rookery::net::WebSocket *socket);
    /// After stopAccepting(): the last connection has gone.
    void drained();

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// Makes a self-signed certificate (ECDSA P-256, ten years, subjectAltName localhost, 127.0.0.1, ::1 and the
/// host's name) with its key (mode 0600) in `directory` where they are not there yet, and answers their
/// paths.
Result<TlsFiles> ensureSelfSignedCertificate(const QString &directory);

} // namespace rookery::net
