#include "client/api/websockettransport.h"

#include "client/api/sentences.h"
#include "client/api/serveraddress.h"
#include "common/closecode.h"

#include <QNetworkReply>
#include <QNetworkRequest>
#include <QRandomGenerator>

#include <chrono>
#include <utility>

namespace rookery::client {

namespace {

/// The signal has another name since Qt 6.5.
constexpr auto errorSignal =
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    &QWebSocket::errorOccurred;
#else
    QOverload<QAbstractSocket::SocketError>::of(&QWebSocket::error);
#endif

constexpr std::chrono::seconds patienceForStatus{10};

QByteArray handshakeKey()
{
    quint32 random[4];
    QRandomGenerator::system()->fillRange(random);
    return QByteArray(reinterpret_cast<const char *>(random), sizeof random).toBase64();
}

} // namespace

WebSocketTransport::WebSocketTransport(QObject *parent)
    : Transport(parent)
{
    m_socket.setMaxAllowedIncomingFrameSize(messageBytes);
    m_socket.setMaxAllowedIncomingMessageSize(messageBytes);
    connect(&m_socket, &QWebSocket::connected, this, [this] {
        m_opened = true;
        Q_EMIT opened();
    });
    connect(&m_socket, &QWebSocket::textMessageReceived, this, [this](const QString &text) {
        if (!m_finished)
            Q_EMIT received(text);
    });
    connect(&m_socket, errorSignal, this, &WebSocketTransport::onError);
    connect(&m_socket, &QWebSocket::disconnected, this, &WebSocketTransport::onDisconnected);
    connect(&m_socket, &QWebSocket::sslErrors, this,
        [this](const QList<QSslError> &errors) { m_tlsErrors = errors; });
}

WebSocketTransport::~WebSocketTransport()
{
    // The socket's destructor closes, and would still signal.
    m_finished = true;
    m_socket.disconnect(this);
}

void WebSocketTransport::open(const QUrl &url, const QByteArray &token)
{
    m_server = serverName(url);
    QNetworkRequest request(url);
    request.setRawHeader("Authorization", "Bearer " + token);
    request.setRawHeader("User-Agent", "Rookery/" ROOKERY_VERSION);
    m_socket.open(request);
}

void WebSocketTransport::send(const QString &text)
{
    m_socket.sendTextMessage(text);
}

void WebSocketTransport::close()
{
    m_finished = true;
    m_socket.close(QWebSocketProtocol::CloseCodeNormal);
}

void WebSocketTransport::onError(QAbstractSocket::SocketError error)
{
    if (m_opened) {
        // disconnected() follows. QWebSocket reports 1000 there although no close frame was seen.
        m_broken = true;
        return;
    }
    const QString sentence = socketSentence(m_server, error, m_tlsErrors, m_socket.errorString());
    // Qt reports an HTTP answer other than 101 as a refused connection, and tells the two apart only by a
    // text that changes from version to version.
    if (error == QAbstractSocket::ConnectionRefusedError)
        askWhy(sentence);
    else
        finish(quint16(CloseCode::Abnormal), sentence);
}

void WebSocketTransport::askWhy(const QString &sentenceWithoutOne)
{
    if (m_asking || m_finished)
        return;
    m_asking = std::make_unique<QNetworkAccessManager>();
    // The same handshake, so that the answer is the same.
    QNetworkRequest request = m_socket.request();
    QUrl url = request.url();
    url.setScheme(url.scheme() == QLatin1String("wss") ? QStringLiteral("https") : QStringLiteral("http"));
    request.setUrl(url);
    request.setRawHeader("Connection", "Upgrade");
    request.setRawHeader("Upgrade", "websocket");
    request.setRawHeader("Sec-WebSocket-Version", "13");
    request.setRawHeader("Sec-WebSocket-Key", handshakeKey());
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setTransferTimeout(int(std::chrono::milliseconds(patienceForStatus).count()));
    if (url.scheme() == QLatin1String("https"))
        request.setSslConfiguration(m_socket.sslConfiguration());
    QNetworkReply *reply = m_asking->get(request);
    // What the WebSocket's TLS has passed in spite of; nothing else is.
    reply->ignoreSslErrors(m_tlsErrors);
    const auto answered = [this, reply, sentenceWithoutOne] {
        finishRefused(reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), sentenceWithoutOne);
    };
    // Its body does not matter, and need not end.
    connect(reply, &QNetworkReply::metaDataChanged, this, answered);
    connect(reply, &QNetworkReply::finished, this, answered);
}

void WebSocketTransport::finishRefused(int status, const QString &sentenceWithoutOne)
{
    if (status == 401) {
        finish(quint16(CloseCode::Unauthorized), closeSentence(quint16(CloseCode::Unauthorized)));
    } else if (status >= 200) {
        finish(quint16(CloseCode::Abnormal),
            QStringLiteral("Cannot reach %1: it answers with HTTP status %2 where a WebSocket is expected.")
                .arg(m_server)
                .arg(status));
    } else {
        // Nothing listens there; or by now it would take the WebSocket, which another attempt will find out.
        finish(quint16(CloseCode::Abnormal), sentenceWithoutOne);
    }
}

void WebSocketTransport::onDisconnected()
{
    if (!m_opened) {
        // The error that says why is signalled after this.
        QMetaObject::invokeMethod(
            this,
            [this] {
                if (m_asking)
                    return;
                finish(quint16(CloseCode::Abnormal),
                    socketSentence(m_server, QAbstractSocket::RemoteHostClosedError, {}, {}));
            },
            Qt::QueuedConnection);
        return;
    }
    const auto told = quint16(m_socket.closeCode());
    const quint16 code = m_broken && told == quint16(CloseCode::Normal) ? quint16(CloseCode::Abnormal) : told;
    finish(code, closeSentence(code));
}

void WebSocketTransport::finish(quint16 code, const QString &sentence)
{
    if (std::exchange(m_finished, true))
        return;
    Q_EMIT closed(code, sentence);
}

TransportFactory WebSocketTransport::factory()
{
    return [] { return std::make_unique<WebSocketTransport>(); };
}

} // namespace rookery::client
