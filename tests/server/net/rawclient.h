// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QSslSocket>
#include <QString>
#include <QUrl>

#include <memory>

namespace rookery::net::test {

/// One HTTP answer as it stood on the wire.
struct Answer
{
    int status = 0; ///< 0: none came
    QByteArray head; ///< status line and fields, without the empty line
    QByteArray body;

    QByteArray field(const QByteArray &name) const;
};

/// A client that sends exactly the bytes it is given and shows exactly those that come back.
class RawClient
{
public:
    /// `from`: the address of this machine to come from; any.
    explicit RawClient(const QUrl &server, const QHostAddress &from = {});
    ~RawClient();

    QTcpSocket &socket() { return *m_socket; }
    bool connected() const { return m_socket->state() == QAbstractSocket::ConnectedState; }
    void send(const QByteArray &bytes);
    /// Sends one byte per write, each in a segment of its own.
    void sendBytewise(const QByteArray &bytes);
    /// Ends the sending direction only.
    void endSending();

    /// Waits for one answer; status 0 after 5 s. `bodyless`: to HEAD.
    Answer answer(bool bodyless = false);
    /// Waits until that many bytes are there and takes them; fewer after 5 s or where the end came first.
    QByteArray take(qsizetype count);
    /// Waits for the server to end the connection.
    bool waitForEnd(int milliseconds = 5000);
    /// What is there and was not taken.
    const QByteArray &received();

private:
    bool more(qint64 deadline);

    std::unique_ptr<QSslSocket> m_socket;
    QByteArray m_received;
};

/// Of this machine's loopback, of a network that net::TurnShares tells from that of 127.0.0.1.
QHostAddress addressOfAnotherPlace();

} // namespace rookery::net::test
