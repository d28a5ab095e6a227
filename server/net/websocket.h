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
/// Pings, pongs, fragments, UTF-8 checks and message size are handled inside. Sockets are many and nearly all
/// idle, so this is no QObject, and idle sockets keep no buffers.
class WebSocket
{
public:
    /// Receives a socket's events. It is called only from reads and turns of the event loop, never from
    /// inside sendText(), sendFrame() or close(), so a broadcast may be one loop over the sockets.
    class Listener
    {
    public:
        /// One whole text message in valid UTF-8.
        virtual void textReceived(const QByteArray &utf8) = 0;
        /// One whole binary message, if takeBinary() was called.
        virtual void binaryReceived(const QByteArray & /*bytes*/) { }
        /// The answer to ping(), with its payload; or an unsolicited pong.
        virtual void pongReceived(const QByteArray & /*payload*/) { }
        /// This many pings, pongs and fragments were received.
        virtual void otherFramesReceived(int /*count*/) { }
        /// queuedBytes() has fallen below a quarter of Limits::outboundBytes after having been above it.
        virtual void drained() { }
        /// The connection is over. The last call: the socket is destroyed after it returns. `code` is the
        /// peer's or ours, Abnormal if there was none.
        virtual void closed(quint16 code) = 0;

    protected:
        ~Listener() = default;
    };

    WebSocket() = default;
    WebSocket(const WebSocket &) = delete;
    WebSocket &operator=(const WebSocket &) = delete;
    virtual ~WebSocket() = default;

    /// Not owned: must be reset to nullptr before the listener is destroyed, unless closed() was called.
    /// Without a listener, messages are read and discarded.
    void setListener(Listener *listener) { m_listener = listener; }

    /// Binary messages are refused with 1003 at their first two bytes, unless this is called before anything
    /// is read: together with the first setListener().
    void takeBinary() { m_takesBinary = true; }

    /// Queues one text message. `utf8` must be valid UTF-8 and is shared, not copied. Past
    /// Limits::outboundBytes the socket is closed with SlowReader; after close() it does nothing.
    ///
    /// A message larger than half that bound, such as a list of thousands of members, raises the bound by its
    /// own size until the queue is low again; otherwise it could never be sent. All such messages together
    /// raise it by at most 16 times outboundBytes or Limits::websocketMessageBytes, whichever is more, so that
    /// a message of any size that may be received may also be sent.
    virtual void sendText(const QByteArray &utf8) = 0;
    /// The same for a frame that messageFrame() has prepared once for many sockets, or binaryMessageFrame()
    /// for a binary message.
    virtual void sendFrame(const QByteArray &frame) = 0;

    /// Queues a ping of at most 125 bytes. Its pong shows that the peer has read everything queued before.
    virtual void ping(const QByteArray &payload) = 0;

    /// Queues a close frame and ends the connection when the peer has answered it or a few seconds have
    /// passed. `reason` is truncated to the 123 bytes of UTF-8 that RFC 6455 section 5.5 allows.
    virtual void close(CloseCode code, const QString &reason = {}) = 0;

    /// Stops and resumes reading. While stopped, the bytes behind the current message stay in the kernel, so
    /// that TCP slows the peer down, and the peer does not time out for what is not read. May be called from
    /// inside textReceived(). Pings are held back, too.
    virtual void setReading(bool on) = 0;
    /// Stops reading until this time has passed; a call does not shorten an earlier one.
    virtual void pauseReading(std::chrono::milliseconds time) = 0;

    /// Bytes queued by sendText() and sendFrame() that the kernel has not taken yet.
    virtual qint64 queuedBytes() const = 0;

    /// The client's address, as reported by trusted proxies.
    virtual QHostAddress clientAddress() const = 0;

protected:
    Listener *listener() const { return m_listener; }
    bool takesBinary() const { return m_takesBinary; }

private:
    Listener *m_listener = nullptr;
    bool m_takesBinary = false;
};

/// One text message as a complete frame for sendFrame(), to be shared by many sockets.
QByteArray messageFrame(const QByteArray &utf8);
/// The same for a binary message.
QByteArray binaryMessageFrame(const QByteArray &bytes);

} // namespace rookery::net
