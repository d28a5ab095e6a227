// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QHostAddress>
#include <QString>
#include <QUrlQuery>

namespace rookery::net {

/// The peer of a connection.
struct Peer
{
    QHostAddress address; ///< 127.0.0.1 for a Unix socket
    quint16 port = 0;
    bool secure = false; ///< TLS
    bool local = false; ///< connected over a Unix socket
};

/// A client's WebSocket handshake (RFC 6455 section 4.1), already checked for syntax. It holds the client's
/// token: do not keep it beyond the admission.
struct Handshake
{
    QString path; ///< percent-decoded, without a trailing slash ("/" itself is kept)
    QUrlQuery query;
    QByteArray host;
    QByteArray origin; ///< empty: not sent, so not a browser
    QByteArray authorization; ///< the header's value
    QByteArray cookie; ///< the header's value
    QByteArray userAgent;
    QByteArrayList subprotocols; ///< as offered
    Peer peer;
};

} // namespace rookery::net
