// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/httpclient.h"

#include "tests/support/evidence.h"

#include <QEventLoop>
#include <QJsonDocument>
#include <QNetworkRequest>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTest>

namespace rookery::test {

namespace {

constexpr int patience = 15'000;

/// Under whatever name a route calls them.
void rememberSecrets(const QJsonObject &json)
{
    for (const char *name : {"password", "current", "new", "token"}) {
        const QJsonValue value = json.value(QLatin1String(name));
        if (value.isString())
            rememberSecret(value.toString());
    }
}

} // namespace

QByteArray HttpAnswer::header(const QByteArray &name) const
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

HttpAnswer request(const QByteArray &method, const QUrl &url, const QJsonObject &body, const QString &token,
    const QMap<QByteArray, QByteArray> &headers)
{
    QNetworkAccessManager manager;
    return request(manager, method, url, body, token, headers);
}

HttpAnswer request(QNetworkAccessManager &manager, const QByteArray &method, const QUrl &url,
    const QJsonObject &body, const QString &token, const QMap<QByteArray, QByteArray> &headers)
{
    const QByteArray json = QJsonDocument(body).toJson(QJsonDocument::Compact);
    return requestWith(manager, method, url, body.isEmpty() ? QByteArray() : json, token, headers);
}

HttpAnswer requestWith(QNetworkAccessManager &manager, const QByteArray &method, const QUrl &url,
    const QByteArray &body, const QString &token, const QMap<QByteArray, QByteArray> &headers)
{
    QNetworkRequest request(url);
    request.setTransferTimeout(patience);
    // Nothing that one request brought goes into the next one by itself.
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    if (!body.isEmpty())
        request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    if (!token.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + token.toUtf8());
    for (auto it = headers.cbegin(); it != headers.cend(); ++it)
        request.setRawHeader(it.key(), it.value());

    rememberSecret(token);
    rememberSecrets(QJsonDocument::fromJson(body).object());
    QNetworkReply *reply = manager.sendCustomRequest(request, method, body);
    reply->ignoreSslErrors();
    QEventLoop loop;
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();

    HttpAnswer answer;
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.body = reply->readAll();
    answer.json = QJsonDocument::fromJson(answer.body).object();
    answer.headers = reply->rawHeaderPairs();
    rememberSecrets(answer.json);
    delete reply;
    return answer;
}

TestUser registerUser(const QUrl &server, const QString &name)
{
    const QJsonObject credentials{
        {QStringLiteral("username"), name}, {QStringLiteral("password"), QStringLiteral("correct horse")}};
    request("POST", server.resolved(QUrl(QStringLiteral("/api/v1/register"))), credentials);
    const HttpAnswer answer =
        request("POST", server.resolved(QUrl(QStringLiteral("/api/v1/login"))), credentials);
    return {name, answer.json[QLatin1String("user")][QLatin1String("id")].toString(),
        answer.json[QLatin1String("token")].toString()};
}

bool TestSocket::open(const QUrl &url, const QString &token, const QByteArray &origin)
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
    return QTest::qWaitFor([&] { return opened || m_closed; }, patience) && opened;
}

void TestSocket::send(const QJsonObject &frame)
{
    sendRaw(QString::fromUtf8(QJsonDocument(frame).toJson(QJsonDocument::Compact)));
}

void TestSocket::sendRaw(const QString &text)
{
    m_socket.sendTextMessage(text);
}

QJsonObject TestSocket::next(const Predicate &fits)
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
        patience);
    return came ? found : QJsonObject();
}

QJsonObject TestSocket::next(const QString &type)
{
    return next(
        [&type](const QJsonObject &frame) { return frame[QLatin1String("type")].toString() == type; });
}

int TestSocket::closeCode()
{
    return QTest::qWaitFor([this] { return m_closed; }, patience) ? int(m_socket.closeCode()) : 0;
}

} // namespace rookery::test
