// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/restclient.h"
#include "client/api/transport.h"

#include <QAbstractSocket>
#include <QList>
#include <QSslError>
#include <QTimer>
#include <QWebSocket>

namespace rookery::client {

class Trust;

/// Text frames over a WebSocket (RFC 6455), plain or TLS. A certificate that is not trusted ends the
/// attempt. Where the handshake is refused, the server is asked over HTTP whether the log-in is good:
/// QWebSocket keeps the status of the answer to itself.
class WebSocketTransport : public Transport
{
    Q_OBJECT
public:
    /// The largest message taken from a server, which may list every member of a big room in one frame. A
    /// larger one ends in closed() with CloseCode::TooBig.
    static constexpr qint64 messageBytes = 8 * 1024 * 1024;
    /// The most bytes that may wait to be sent; past it the connection is closed.
    static constexpr qint64 unsentBytes = 8 * 1024 * 1024;

    /// `trust` is not owned; without it only what this computer's authorities vouch for is trusted.
    explicit WebSocketTransport(Trust *trust = nullptr, QObject *parent = nullptr);
    ~WebSocketTransport() override;

    void open(const QUrl &url, const QByteArray &token) override;
    void send(const QString &text) override;
    void close() override;

    static TransportFactory factory(Trust *trust = nullptr);

private:
    void onTlsErrors(const QList<QSslError> &errors);
    void onError(QAbstractSocket::SocketError error);
    void onDisconnected();
    void askWhy();
    void checkUnsent();
    void finish(quint16 code, const Problem &problem);
    void finish(quint16 code) { finish(code, Problem::closed(code)); }

    QWebSocket m_socket;
    Trust *m_trust;
    QTimer m_watch; ///< while it is open
    QUrl m_url;
    QByteArray m_token;
    QString m_server;
    std::unique_ptr<RestClient> m_why; ///< asks what a refused handshake does not say
    QList<QSslError> m_tlsErrors;
    bool m_opened = false;
    bool m_broken = false; ///< ended without a close frame
    bool m_finished = false;
};

} // namespace rookery::client
