// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QList>
#include <QMap>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QUrl>

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

} // namespace rookery::test
