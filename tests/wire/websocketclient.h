// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QList>
#include <QUrl>
#include <QWebSocket>

#include <functional>

namespace rookery::test {

/// A WebSocket client that keeps every frame until it is taken.
class WebSocketClient
{
public:
    /// Opens the connection and waits; false if the handshake was refused.
    bool open(const QUrl &url, const QString &token = {}, const QByteArray &origin = {});
    void send(const QJsonObject &frame);
    void sendRaw(const QString &text);

    using Predicate = std::function<bool(const QJsonObject &)>;
    /// Waits for the next frame that matches; earlier frames are discarded. Empty object: none arrived in
    /// time.
    QJsonObject next(const Predicate &fits = nullptr);
    QJsonObject next(const QString &type);
    /// Frames received and not taken.
    const QList<QJsonObject> &pending() const { return m_frames; }

    /// Waits for the close code; 0 if the connection does not end.
    int closeCode();
    QString closeReason() const { return m_socket.closeReason(); }
    QWebSocket &socket() { return m_socket; }

private:
    QWebSocket m_socket;
    QList<QJsonObject> m_frames;
    bool m_closed = false;
};

} // namespace rookery::test
