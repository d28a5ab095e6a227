// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QList>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QUrl>
#include <QWebSocket>

#include <functional>

namespace rookery::test {

struct HttpAnswer
{
    int status = 0;
    QJsonObject json;
    QByteArray body;
    QList<QNetworkReply::RawHeaderPair> headers;

    QByteArray header(const QByteArray &name) const;
};

/// Sends a request and waits for the answer. Certificates are not checked: the daemon's are self-signed.
HttpAnswer request(const QByteArray &method, const QUrl &url, const QJsonObject &body = {},
    const QString &token = {}, const QMap<QByteArray, QByteArray> &headers = {});

/// The same over the manager's connections, for tests that send many requests.
HttpAnswer request(QNetworkAccessManager &manager, const QByteArray &method, const QUrl &url,
    const QJsonObject &body = {}, const QString &token = {},
    const QMap<QByteArray, QByteArray> &headers = {});

/// The same with a body that is declared as JSON, whatever it is.
HttpAnswer requestWith(QNetworkAccessManager &manager, const QByteArray &method, const QUrl &url,
    const QByteArray &body, const QString &token = {}, const QMap<QByteArray, QByteArray> &headers = {});

/// A registered user who is logged in, over the native API.
struct TestUser
{
    QString name;
    QString id;
    QString token;
};
TestUser registerUser(const QUrl &server, const QString &name);

/// A WebSocket client that keeps every frame until it is taken.
class TestSocket
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
