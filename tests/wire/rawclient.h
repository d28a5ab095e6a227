// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QJsonObject>
#include <QList>
#include <QSslSocket>
#include <QUrl>

#include <memory>
#include <utility>

class QDeadlineTimer;

namespace rookery::test {

/// One HTTP answer as received.
struct Answer
{
    int status = 0; ///< 0: none arrived in time
    QByteArray head; ///< status line and header fields, without the empty line
    QByteArray body;

    /// The value of the first field of this name, in whatever case; empty without one.
    QByteArray header(const QByteArray &name) const;
    bool hasHeader(const QByteArray &name) const;
    QJsonObject json() const;
};

using Headers = QList<std::pair<QByteArray, QByteArray>>;

/// One HTTP request.
struct Call
{
    QByteArray method;
    QByteArray path; ///< as sent, with the query
    QByteArray body = {}; ///< null: no Content-Length either
    QByteArray token = {}; ///< empty: no Authorization
    Headers headers = {};
};

/// A client that sends exactly the given bytes and returns exactly those received. The events of the thread are
/// processed while it waits, so the server may live on the same one.
class RawClient
{
public:
    /// Connects and waits for it. `server`: https for TLS, whose certificate is not checked; any other scheme for a
    /// plain connection. `from`: the local address to connect from; any by default.
    explicit RawClient(const QUrl &server, const QHostAddress &from = {});
    ~RawClient();

    QTcpSocket &socket() { return *m_socket; }
    bool connected() const { return m_socket->state() == QAbstractSocket::ConnectedState; }
    void send(const QByteArray &bytes);
    /// Sends one byte per write, each in a segment of its own.
    void sendBytewise(const QByteArray &bytes);
    /// Ends the sending direction only.
    void endSending();

    /// Waits for one answer; status 0 after 30 s or at the end of the connection. `bodyless`: the answer to HEAD.
    /// Without a Content-Length it has no body here: what follows is left in received().
    Answer answer(bool bodyless = false);
    /// Sends a request, with Host, and waits for its answer. The connection stays open.
    Answer call(const Call &request);
    /// The same: a POST of JSON.
    Answer post(const QByteArray &path, const QByteArray &body, const Headers &headers = {});
    /// Waits for that many bytes and takes them; fewer after 30 s or at the end of the connection.
    QByteArray take(qsizetype count);
    /// Takes everything received and not taken.
    QByteArray takeAll();
    /// Waits for the server to end the connection.
    bool waitForEnd(int milliseconds = 5000);
    /// Bytes received and not taken.
    const QByteArray &received();

private:
    bool more(const QDeadlineTimer &deadline);

    std::unique_ptr<QSslSocket> m_socket;
    QByteArray m_host;
    QByteArray m_received;
};

/// Sends one request over a connection of its own, plain and to 127.0.0.1, and waits for the whole answer: without a
/// Content-Length everything up to the end of the connection.
Answer call(quint16 port, const Call &request);

} // namespace rookery::test
