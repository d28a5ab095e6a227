// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"
#include "server/net/http/responseframer.h"

#include <QTcpSocket>

#include <utility>

namespace rookery::net {

/// The socket that QHttpServer and QWebSocketServer believe to talk to, as QSslSocket is one without being
/// one: it holds one request that is already complete, and gathers the one answer to it. It belongs to a
/// connection for that one request or handshake only, and outlives it where a handler is still at work. For
/// Qt one that serves request after request (GuardPool) is a connection that is kept alive; that they come
/// from different peers it does not know.
class GuardSocket : public QTcpSocket
{
    Q_OBJECT
public:
    enum class Use {
        Request, ///< for QHttpServer, which deletes the guard
        Handshake, ///< for QWebSocketServer; the guard deletes itself after release()
    };

    /// The connection behind it.
    class Owner
    {
    public:
        virtual ~Owner() = default;
        /// What the Connection field of the answer is to say.
        virtual QByteArray connectionField() const = 0;
        /// Lines that the head of the answer has besides, each with its CRLF.
        virtual QByteArray furtherFields() const = 0;
        /// What is being written as a body, if that is known: where Qt hands it on in one piece, it is not
        /// copied.
        virtual const QByteArray *bodyInHand() const = 0;
        /// A piece of the answer, ready for the wire. `shared`: somebody else keeps these bytes, too.
        virtual void answerWritten(const QByteArray &bytes, bool shared) = 0;
        /// The answer is complete; `closes`: the connection cannot be used after it. `broken`: it is none,
        /// and nothing of it may be believed.
        virtual void answerComplete(bool closes, bool broken) = 0;
        /// Qt has deleted the guard before an answer was complete.
        virtual void guardGone() = 0;
    };

    GuardSocket(Use use, QObject *parent);
    ~GuardSocket() override;

    /// From now on it holds this request and gathers its answer.
    void begin(Owner *owner, const Peer &peer, const QByteArray &request, bool bodyless);
    /// Whether Qt does not know it yet; from then on it does.
    bool introduce() { return !std::exchange(m_known, true); }
    /// The answer has been given and its responder is gone: another request may come.
    void rest();

    /// The connection is over: what is still written goes nowhere, and the guard ends with the answer.
    void orphan();
    /// The answer has been given: lets Qt go, which deletes the guard when no handler uses it any more. Not
    /// to be called from inside a write.
    void release();
    /// Between these two nothing reaches the owner; QWebSocket says good-bye when it is deleted.
    void setMuted(bool muted) { m_muted = muted; }

    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override { return 0; }
    qintptr socketDescriptor() const override { return -1; }
    bool setSocketDescriptor(qintptr, SocketState, OpenMode) override { return false; }
    void setSocketOption(SocketOption, const QVariant &) override { }
    QVariant socketOption(SocketOption) override { return {}; }
    void setReadBufferSize(qint64) override { }
    void resume() override { }
    void close() override;
    void disconnectFromHost() override;
    bool waitForConnected(int) override { return true; }
    bool waitForReadyRead(int) override { return bytesAvailable() > 0; }
    bool waitForBytesWritten(int) override { return false; }
    bool waitForDisconnected(int) override { return false; }

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 skipData(qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    bool takeInHand(const char *data, qint64 size);
    void give();
    void complete(bool broken);

    Use m_use;
    Owner *m_owner = nullptr;
    QByteArray m_request;
    qsizetype m_read = 0;
    QByteArray m_out; ///< ready for the wire, not yet given to the owner
    ResponseFramer m_framer;
    bool m_known = false; ///< to Qt
    bool m_writing = false; ///< something has been written
    bool m_complete = false;
    bool m_muted = false;
};

} // namespace rookery::net
