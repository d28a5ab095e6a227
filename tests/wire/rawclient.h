// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QSslSocket>
#include <QString>
#include <QUrl>

#include <memory>

namespace rookery::net::test {

/// One HTTP answer as received.
struct Answer
{
    int status = 0; ///< 0: none arrived
    QByteArray head; ///< status line and fields, without the empty line
    QByteArray body;

    QByteArray field(const QByteArray &name) const;
};

/// A client that sends exactly the given bytes and returns exactly those received.
class RawClient
{
public:
    /// `from`: the local address to connect from; any by default.
    explicit RawClient(const QUrl &server, const QHostAddress &from = {});
    ~RawClient();

    QTcpSocket &socket() { return *m_socket; }
    bool connected() const { return m_socket->state() == QAbstractSocket::ConnectedState; }
    void send(const QByteArray &bytes);
    /// Sends one byte per write, each in a segment of its own.
    void sendBytewise(const QByteArray &bytes);
    /// Ends the sending direction only.
    void endSending();

    /// Waits for one answer; status 0 after 5 s. `bodyless`: the answer to HEAD.
    Answer answer(bool bodyless = false);
    /// Waits for that many bytes and takes them; fewer after 5 s or at the end of the connection.
    QByteArray take(qsizetype count);
    /// Waits for the server to end the connection.
    bool waitForEnd(int milliseconds = 5000);
    /// Bytes received and not taken.
    const QByteArray &received();

private:
    bool more(qint64 deadline);

    std::unique_ptr<QSslSocket> m_socket;
    QByteArray m_received;
};

} // namespace rookery::net::test
