// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/closecode.h"
#include "server/net/handshake.h"

#include <QByteArray>
#include <QString>

#include <chrono>

namespace rookery::net {

/// One open WebSocket, from the handshake to its end. Owned by its connection, on whose thread it lives.
///
/// Pings, pongs, fragments, UTF-8 checks and message size are dealt with here and never seen outside. There
/// are many of them and nearly all are idle: no QObject, and nothing is kept for what is not going on.
class WebSocket
{
public:
    /// Who is told what happens to a socket. It is called from reads and turns of the event loop only, never
    /// from inside sendText(), sendFrame() or close(), so that whoever sends to many may do so in one loop
    /// over them.
    class Listener
    {
    public:
        /// One whole text message in valid UTF-8.
        virtual void textReceived(const QByteArray &utf8) = 0;
        /// One whole binary message, of a socket that takes them.
        virtual void binaryReceived(const QByteArray & /*bytes*/) { }
        /// The answer to ping(), with its payload; or whatever else the peer calls a pong.
        virtual void pongReceived(const QByteArray & /*payload*/) { }
        /// So many pings, pongs and fragments have come.
        virtual void otherFramesReceived(int /*count*/) { }
        /// queuedBytes() has fallen back below a quarter of Limits::outboundBytes after having been above it.
        virtual void drained() { }
        /// The connection is over. The last call: the socket is gone once it has returned. `code` is the
        /// peer's or ours, Abnormal where there was none.
        virtual void closed(quint16 code) = 0;

    protected:
        ~Listener() = default;
    };

    WebSocket() = default;
    WebSocket(const WebSocket &) = delete;
    WebSocket &operator=(const WebSocket &) = delete;
    virtual ~WebSocket() = default;

    /// Not owned: must be taken back (nullptr) before it dies, unless closed() was called. Without one,
    /// messages are read and thrown away.
    void setListener(Listener *listener) { m_listener = listener; }

    /// Binary messages are refused with 1003 by their first two bytes, unless this is called before anything
    /// is read, which is to say beside the first setListener().
    void takeBinary() { m_takesBinary = true; }

    /// Queues one text message. `utf8` must be valid UTF-8 and is shared, not copied. Past
    /// Limits::outboundBytes the socket is closed with SlowReader; after close() it does nothing. A message
    /// of more than half that bound, such as a list of thousands of members, lifts it by its own size until
    /// the queue is low again: else it could never be sent at all. All such messages together lift it by 16
    /// times itself at most, or by Limits::websocketMessageBytes, whichever is more, so that one message of
    /// any size that may come in may also go out.
    virtual void sendText(const QByteArray &utf8) = 0;
    /// The same for a message that messageFrame() has made ready once for many sockets, or for a binary one
    /// of binaryMessageFrame().
    virtual void sendFrame(const QByteArray &frame) = 0;

    /// Queues a ping of at most 125 bytes. Its pong shows that the peer has read all that was queued before.
    virtual void ping(const QByteArray &payload) = 0;

    /// Sends a close frame behind what is queued and ends the connection once the peer has answered it or a
    /// few seconds have passed. `reason` is cut to the 123 bytes of UTF-8 that RFC 6455 section 5.5 leaves.
    virtual void close(CloseCode code, const QString &reason = {}) = 0;

    /// Holds back the messages that come next, until they are wanted again: the bytes behind the message
    /// being handled stay in the kernel, so that TCP slows the peer down, and the peer does not count as dead
    /// for what is not read. May be called from inside textReceived(). Pings are held back, too.
    virtual void setReading(bool on) = 0;
    /// The same until this time has passed; a later end than that of an earlier call wins.
    virtual void pauseReading(std::chrono::milliseconds time) = 0;

    /// Bytes accepted by sendText() and sendFrame() that the kernel has not taken yet.
    virtual qint64 queuedBytes() const = 0;

    /// Where it comes from, behind proxies that are trusted.
    virtual QHostAddress clientAddress() const = 0;

protected:
    Listener *listener() const { return m_listener; }
    bool takesBinary() const { return m_takesBinary; }

private:
    Listener *m_listener = nullptr;
    bool m_takesBinary = false;
};

/// One text message as sendFrame() takes it: the whole frame, for the wire of every socket.
QByteArray messageFrame(const QByteArray &utf8);
/// The same for a binary message.
QByteArray binaryMessageFrame(const QByteArray &bytes);

} // namespace rookery::net
