// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/handshake.h"
#include "server/net/http/responseframer.h"

#include <QTcpSocket>

#include <utility>

namespace rookery::net {

/// A stand-in for the socket of QHttpServer and QWebSocketServer: a QTcpSocket without a descriptor. It holds
/// one complete request and collects the answer to it. It belongs to a connection only for that one request
/// or handshake, and outlives the connection if a handler is still running. To Qt, a guard that serves
/// request after request (GuardPool) looks like a keep-alive connection; Qt does not know that the requests
/// come from different peers.
class GuardSocket : public QTcpSocket
{
    Q_OBJECT
public:
    enum class Use {
        Request, ///< for QHttpServer, which deletes the guard
        Handshake, ///< for QWebSocketServer; the guard deletes itself after release()
    };

    /// The connection that the guard serves.
    class Owner
    {
    public:
        virtual ~Owner() = default;
        /// The value of the answer's Connection field.
        virtual QByteArray connectionField() const = 0;
        /// Lines added to the answer's head, each with its CRLF.
        virtual QByteArray furtherFields() const = 0;
        /// The buffer being written as the body, if known: if Qt passes it on in one piece, it is not copied.
        virtual const QByteArray *bodyInHand() const = 0;
        /// A piece of the answer, ready for sending. `shared`: others hold references to these bytes, too.
        virtual void answerWritten(const QByteArray &bytes, bool shared) = 0;
        /// The answer is complete. `closes`: the connection must be closed after it. `broken`: it is not
        /// valid HTTP and must be discarded.
        virtual void answerComplete(bool closes, bool broken) = 0;
        /// Qt has deleted the guard before its answer was complete.
        virtual void guardGone() = 0;
    };

    GuardSocket(Use use, QObject *parent);
    ~GuardSocket() override;

    /// Starts serving this request.
    void begin(Owner *owner, const Peer &peer, const QByteArray &request, bool bodyless);
    /// Whether Qt does not know the guard yet; marks it as known.
    bool introduce() { return !std::exchange(m_known, true); }
    /// The answer is complete and its responder destroyed: the guard is ready for another request.
    void rest();

    /// The connection is gone: further writes are discarded, and the guard ends with the answer.
    void orphan();
    /// The answer is complete: Qt deletes the guard when no handler uses it any more. Must not be called from
    /// inside a write.
    void release();
    /// While muted, nothing reaches the owner. QWebSocket writes a close frame when it is deleted.
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
    QByteArray m_out; ///< ready for sending, not yet given to the owner
    ResponseFramer m_framer;
    bool m_known = false; ///< to Qt
    bool m_writing = false; ///< something has been written
    bool m_complete = false;
    bool m_muted = false;
};

} // namespace rookery::net
