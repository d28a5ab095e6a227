// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QHostAddress>
#include <QString>
#include <QUrlQuery>

namespace rookery::net {

/// Where a connection comes from.
struct Peer
{
    QHostAddress address; ///< of a local one 127.0.0.1
    quint16 port = 0;
    bool secure = false; ///< TLS
    bool local = false; ///< over a Unix socket
};

/// What a client said in its WebSocket handshake (RFC 6455 section 4.1), already checked for form. It holds
/// the client's token: not to be kept beyond the admission.
struct Handshake
{
    QString path; ///< percent-decoded, without a trailing slash ("/" itself stays)
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
