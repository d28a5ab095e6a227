// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHostAddress>
#include <QTcpSocket>
#include <QUrl>

namespace rookery::test {

/// One keep-alive connection from an address of the loopback's choosing.
class PostClient
{
public:
    PostClient(const QUrl &server, const QHostAddress &from);

    struct Reply
    {
        int status = 0; ///< 0: none came in time
        QByteArray retryAfter;
        QByteArray body;
        QByteArray head;
    };
    /// `headers` are whole lines. Blocks, and reads the answer as soon as it comes: the time that this takes
    /// is measured.
    Reply post(const QByteArray &path, const QByteArray &body, const QByteArray &headers = {});

private:
    QTcpSocket m_socket;
    QByteArray m_host;
};

} // namespace rookery::test
