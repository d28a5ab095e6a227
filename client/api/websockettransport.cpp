// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/websockettransport.h"

#include "client/api/networkproblem.h"
#include "client/api/serveraddress.h"
#include "client/api/trust.h"
#include "common/closecode.h"

#include <QNetworkRequest>
#include <QSslSocket>

#include <utility>

namespace rookery::client {

namespace {

constexpr qint64 readAhead = 1024 * 1024;
/// QWebSocket answers pings without a signal, so that only polling shows how many bytes wait.
constexpr auto watchInterval = std::chrono::seconds(1);

/// The signal has another name since Qt 6.5.
constexpr auto errorSignal =
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    &QWebSocket::errorOccurred;
#else
    QOverload<QAbstractSocket::SocketError>::of(&QWebSocket::error);
#endif

} // namespace

WebSocketTransport::WebSocketTransport(Trust *trust, QObject *parent)
    : Transport(parent)
    , m_trust(trust)
{
    m_socket.setMaxAllowedIncomingFrameSize(messageBytes);
    m_socket.setMaxAllowedIncomingMessageSize(messageBytes);
    // QWebSocket reads a frame once it is there as a whole.
    m_socket.setReadBufferSize(messageBytes + readAhead);
    m_watch.setInterval(watchInterval);
    connect(&m_watch, &QTimer::timeout, this, &WebSocketTransport::checkUnsent);
    connect(&m_socket, &QWebSocket::connected, this, [this] {
        m_opened = true;
        m_watch.start();
        Q_EMIT opened();
    });
    connect(&m_socket, &QWebSocket::textMessageReceived, this, [this](const QString &text) {
        if (!m_finished)
            Q_EMIT received(text);
    });
    connect(&m_socket, errorSignal, this, &WebSocketTransport::onError);
    connect(&m_socket, &QWebSocket::disconnected, this, &WebSocketTransport::onDisconnected);
    connect(&m_socket, &QWebSocket::sslErrors, this, &WebSocketTransport::onTlsErrors);
}

WebSocketTransport::~WebSocketTransport()
{
    // The socket's destructor closes, and would still signal.
    m_finished = true;
    m_socket.disconnect(this);
}

void WebSocketTransport::open(const QUrl &url, const QByteArray &token)
{
    m_url = url;
    m_token = token;
    m_server = serverName(serverOfWebSocket(url));
    if (m_trust && url.scheme() == QLatin1String("wss")) {
        QSslConfiguration tls = m_socket.sslConfiguration();
        m_trust->prepare(url, &tls);
        m_socket.setSslConfiguration(tls);
    }
    QNetworkRequest request(url);
    request.setRawHeader("Authorization", "Bearer " + token);
    request.setRawHeader("User-Agent", "Rookery/" ROOKERY_VERSION);
    m_socket.open(request);
}

void WebSocketTransport::send(const QString &text)
{
    m_socket.sendTextMessage(text);
    checkUnsent();
}

void WebSocketTransport::checkUnsent()
{
    if (m_socket.bytesToWrite() <= unsentBytes)
        return;
    m_watch.stop();
    // Queued: the caller of a send does not expect closed() in between.
    QMetaObject::invokeMethod(
        this, [this] { finish(quint16(CloseCode::SlowReader), Problem(Problem::SlowServer)); },
        Qt::QueuedConnection);
}

void WebSocketTransport::close()
{
    m_finished = true;
    m_socket.close(QWebSocketProtocol::CloseCodeNormal);
}

void WebSocketTransport::onTlsErrors(const QList<QSslError> &errors)
{
    m_tlsErrors = errors;
    // A QWebSocket does not say which certificate it was shown; the socket that it made for itself does.
    // Where there is none, nothing is trusted.
    const auto *tls = m_socket.findChild<QSslSocket *>();
    if (m_trust && tls && m_trust->isGood(m_url, tls->peerCertificateChain(), errors))
        m_socket.ignoreSslErrors(errors);
}

void WebSocketTransport::onError(QAbstractSocket::SocketError error)
{
    if (m_opened) {
        // disconnected() follows. QWebSocket reports 1000 there although no close frame was seen.
        m_broken = true;
        return;
    }
    const auto untrusted =
        m_trust && !m_tlsErrors.isEmpty() ? m_trust->problem(m_url) : std::optional<CertificateProblem>();
    if (untrusted) {
        finish(quint16(CloseCode::Abnormal), Problem::ofCertificate(*untrusted));
        return;
    }
    switch (error) {
    case QAbstractSocket::HostNotFoundError:
    case QAbstractSocket::SocketTimeoutError:
    case QAbstractSocket::NetworkError:
    case QAbstractSocket::SslHandshakeFailedError:
    case QAbstractSocket::SslInternalError:
    case QAbstractSocket::SslInvalidUserDataError:
        finish(quint16(CloseCode::Abnormal),
            socketProblem(m_server, error, m_tlsErrors, m_socket.errorString()));
        return;
    default:
        // An unexpected HTTP answer is among these: QWebSocket reports it as a refused connection.
        askWhy();
    }
}

void WebSocketTransport::askWhy()
{
    if (m_why || m_finished)
        return;
    m_why = std::make_unique<RestClient>(
        serverOfWebSocket(m_url), m_token, nullptr, std::chrono::seconds(15), m_trust);
    m_why->send(
        {HttpMethod::Get, restPath({QStringLiteral("me")})}, this, [this](const Outcome<JsonReader> &me) {
            if (me)
                finish(quint16(CloseCode::Abnormal), Problem::ofServer(Problem::NoWebSocket, m_server));
            else if (me.error().code == ErrorCode::Unauthorized)
                finish(quint16(CloseCode::Unauthorized));
            else
                finish(quint16(CloseCode::Abnormal), me.error());
        });
}

void WebSocketTransport::onDisconnected()
{
    if (!m_opened) {
        // The error that says why may be signalled after this.
        QMetaObject::invokeMethod(this, &WebSocketTransport::askWhy, Qt::QueuedConnection);
        return;
    }
    auto code = quint16(m_socket.closeCode());
    if (m_broken && code == quint16(CloseCode::Normal))
        code = quint16(CloseCode::Abnormal);
    // QWebSocket reports 1012 as 1002, since its list of codes ends at 1011. A real 1002 does not come:
    // QWebSocket keeps to the protocol.
    if (code == quint16(CloseCode::ProtocolError))
        code = quint16(CloseCode::ServiceRestart);
    finish(code);
}

void WebSocketTransport::finish(quint16 code, const Problem &problem)
{
    if (std::exchange(m_finished, true))
        return;
    m_watch.stop();
    Q_EMIT closed(code, problem);
}

TransportFactory WebSocketTransport::factory(Trust *trust)
{
    return [trust] { return std::make_unique<WebSocketTransport>(trust); };
}

} // namespace rookery::client
