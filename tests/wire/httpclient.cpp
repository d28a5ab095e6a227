// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/httpclient.h"

#include "tests/support/evidence.h"

#include <QEventLoop>
#include <QJsonDocument>
#include <QNetworkRequest>

namespace rookery::test {

namespace {

constexpr int requestTimeoutMs = 15'000;

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
    request.setTransferTimeout(requestTimeoutMs);
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

} // namespace rookery::test
