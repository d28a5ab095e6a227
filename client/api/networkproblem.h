// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"

#include <QAbstractSocket>
#include <QList>
#include <QNetworkReply>
#include <QSslError>

/// A network error of Qt as a Problem.
namespace rookery::client {

/// `server` is what to call it; `detail` is Qt's own text, used where there is no better one.
Problem networkProblem(const QString &server, QNetworkReply::NetworkError error, const QList<QSslError> &tls,
    const QString &detail);
/// The same for a socket.
Problem socketProblem(const QString &server, QAbstractSocket::SocketError error, const QList<QSslError> &tls,
    const QString &detail);
/// The first of the errors that says what to do about it; the list holds consequences too.
TlsFault tlsFault(const QList<QSslError> &errors);

} // namespace rookery::client
