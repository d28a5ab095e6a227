// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"

#include <QAbstractSocket>
#include <QList>
#include <QNetworkReply>
#include <QSslError>

/// What went wrong on the way to a server, in words that a person can act on.
namespace rookery::client {

/// `Cannot reach chat.example.org: connection refused.` `detail` is Qt's own text, used where there is no
/// better one.
QString networkSentence(const QString &server, QNetworkReply::NetworkError error, const QList<QSslError> &tls,
    const QString &detail);
/// The same for a socket.
QString socketSentence(const QString &server, QAbstractSocket::SocketError error, const QList<QSslError> &tls,
    const QString &detail);

/// Why a certificate is not trusted.
QString certificateSentence(const QString &server, const QList<QSslError> &tls);

/// Why a WebSocket was closed, by its close code (common/closecode.h).
QString closeSentence(quint16 code);

/// Why nothing is sent yet.
QString waitingForKeyring();

/// An error of the connection, not of what was asked for: its field is `server`.
Error unreachable(const QString &sentence);

} // namespace rookery::client
