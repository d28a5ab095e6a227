// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QJsonObject>
#include <QList>

namespace rookery::test {

/// One answer as received.
struct Answer
{
    int status = 0; ///< 0: none arrived in time
    QList<std::pair<QByteArray, QByteArray>> headers; ///< names in lower case
    QByteArray body;

    QByteArray header(const QByteArray &name) const;
    bool hasHeader(const QByteArray &name) const;
    QJsonObject json() const;
};

struct Call
{
    QByteArray method;
    QByteArray path; ///< as sent, with the query
    QByteArray body = {}; ///< none: no Content-Length either
    QByteArray token = {}; ///< empty: no Authorization
    QList<std::pair<QByteArray, QByteArray>> headers = {};
};

/// Sends one request over its own connection and waits for the whole answer. Unlike HTTP libraries, it sends
/// exactly the bytes given.
Answer call(quint16 port, const Call &request);

} // namespace rookery::test
