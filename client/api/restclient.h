// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/rest.h"

#include <QNetworkAccessManager>
#include <QUrl>

#include <chrono>

namespace rookery::client {

class Trust;

/// Rest over HTTP. Follows no redirect to another host; gives up after `timeout` without progress; takes at
/// most `answerBytes` of an answer.
class RestClient : public Rest
{
    Q_OBJECT
public:
    static constexpr qint64 answerBytes = 8 * 1024 * 1024;

    /// `token` may be empty, for what needs none; see also awaitToken().
    /// `trust` is not owned; without it only what this computer's authorities vouch for is trusted.
    RestClient(const QUrl &server, const QByteArray &token, QObject *parent = nullptr,
        std::chrono::milliseconds timeout = std::chrono::seconds(15), Trust *trust = nullptr);

    const QUrl &server() const { return m_server; }

    void send(const RestRequest &request, QObject *context, Done<JsonReader> answer) override;
    void setToken(const QByteArray &token) override;
    /// Nothing is sent until setToken(); what is asked for before is answered as if the server could not be
    /// reached.
    void awaitToken() { m_awaitsToken = true; }

private:
    Outcome<JsonReader> read(QNetworkReply *reply, const QList<QSslError> &tlsErrors) const;

    QNetworkAccessManager m_manager;
    QUrl m_server;
    QByteArray m_token;
    bool m_awaitsToken = false;
    QString m_name;
    Trust *m_trust;
    std::chrono::milliseconds m_timeout;
};

} // namespace rookery::client
