// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QTcpServer>
#include <QUrl>

#include <functional>

namespace rookery::client {

/// A server that speaks HTTP and WebSocket (RFC 6455) on one port of the loopback and sends whatever the test
/// wants, without end if need be. Lives on the thread of the test; holds about one chunk per connection.
class HostileServer : public QTcpServer
{
    Q_OBJECT
public:
    /// Answers the next chunk to send; empty where there is no more.
    using Source = std::function<QByteArray()>;

    explicit HostileServer(QObject *parent = nullptr);

    QUrl url() const;

    /// What a WebSocket sends once the client has sent its first frame.
    Source stream;
    /// What follows the request line and head of any other request for this target.
    std::function<Source(const QByteArray &target)> answer;
    /// Whether what comes after the client's first frame is read.
    bool reads = true;

    int handshakes() const { return m_handshakes; }
    int requests() const { return m_requests; }

    static Source once(const QByteArray &chunk);
    /// The head of a frame whose payload has this size.
    static QByteArray frameHead(quint8 firstByte, quint64 size);
    static QByteArray text(const QByteArray &payload)
    {
        return frameHead(0x81, quint64(payload.size())) + payload;
    }
    static QByteArray ok(const QByteArray &json);

private:
    void serve(QTcpSocket *socket);
    void onHead(QTcpSocket *socket, const QByteArray &head);
    void pump(QTcpSocket *socket, const Source &source);

    int m_handshakes = 0;
    int m_requests = 0;
};

} // namespace rookery::client
