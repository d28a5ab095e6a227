#pragma once

#include "client/api/transport.h"

#include <QAbstractSocket>
#include <QList>
#include <QNetworkAccessManager>
#include <QSslError>
#include <QWebSocket>

#include <memory>

namespace rookery::client {

/// Text frames over a WebSocket (RFC 6455), plain or TLS. A certificate that cannot be verified ends the
/// attempt.
class WebSocketTransport : public Transport
{
    Q_OBJECT
public:
    /// The largest message taken from a server, which may list every member of a big room in one frame.
    static constexpr qint64 messageBytes = 16 * 1024 * 1024;

    explicit WebSocketTransport(QObject *parent = nullptr);
    ~WebSocketTransport() override;

    void open(const QUrl &url, const QByteArray &token) override;
    void send(const QString &text) override;
    void close() override;

    static TransportFactory factory();

private:
    void onError(QAbstractSocket::SocketError error);
    void onDisconnected();
    /// Asks the server, which has refused a WebSocket by HTTP or does not listen at all, for the status.
    void askWhy(const QString &sentenceWithoutOne);
    void finishRefused(int status, const QString &sentenceWithoutOne);
    void finish(quint16 code, const QString &sentence);

    QWebSocket m_socket;
    QString m_server;
    QList<QSslError> m_tlsErrors;
    bool m_opened = false;
    bool m_broken = false; ///< ended without a close frame
    bool m_finished = false;
    std::unique_ptr<QNetworkAccessManager> m_asking; ///< last, so that it goes before what its replies use
};

} // namespace rookery::client
