// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/websocketclient.h"

#include <QJsonDocument>
#include <QNetworkRequest>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTest>

namespace rookery::test {

namespace {

constexpr int replyTimeoutMs = 15'000;

} // namespace

bool WebSocketClient::open(const QUrl &url, const QString &token, const QByteArray &origin)
{
    m_frames.clear();
    m_closed = false;
    m_socket.disconnect();
    QObject::connect(&m_socket, &QWebSocket::textMessageReceived, &m_socket,
        [this](const QString &text) { m_frames.append(QJsonDocument::fromJson(text.toUtf8()).object()); });
    QObject::connect(&m_socket, &QWebSocket::disconnected, &m_socket, [this] { m_closed = true; });
    bool opened = false;
    const QObject whileOpening;
    QObject::connect(&m_socket, &QWebSocket::connected, &whileOpening, [&opened] { opened = true; });
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    m_socket.setSslConfiguration(tls);
    QNetworkRequest request(url);
    if (!token.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + token.toUtf8());
    if (!origin.isEmpty())
        request.setRawHeader("Origin", origin);
    m_socket.open(request);
    return QTest::qWaitFor([&] { return opened || m_closed; }, replyTimeoutMs) && opened;
}

void WebSocketClient::send(const QJsonObject &frame)
{
    sendRaw(QString::fromUtf8(QJsonDocument(frame).toJson(QJsonDocument::Compact)));
}

void WebSocketClient::sendRaw(const QString &text)
{
    m_socket.sendTextMessage(text);
}

QJsonObject WebSocketClient::next(const Predicate &fits)
{
    QJsonObject found;
    const bool came = QTest::qWaitFor(
        [&] {
            while (!m_frames.isEmpty()) {
                const QJsonObject frame = m_frames.takeFirst();
                if (!fits || fits(frame)) {
                    found = frame;
                    return true;
                }
            }
            return false;
        },
        replyTimeoutMs);
    return came ? found : QJsonObject();
}

QJsonObject WebSocketClient::next(const QString &type)
{
    return next(
        [&type](const QJsonObject &frame) { return frame[QLatin1String("type")].toString() == type; });
}

int WebSocketClient::closeCode()
{
    return QTest::qWaitFor([this] { return m_closed; }, replyTimeoutMs) ? int(m_socket.closeCode()) : 0;
}

} // namespace rookery::test
