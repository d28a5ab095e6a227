#pragma once

#include "common/closecode.h"
#include "server/net/handshake.h"

#include <QObject>

namespace rookery::net {

/// One open WebSocket, from the handshake to its end. Owned by the net::Server, which deletes it later, after
/// closed(). Lives on its connection's thread, as do all of its signals.
///
/// Pings, pongs, fragments, UTF-8 checks and message size are dealt with here and never seen outside.
class WebSocket : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual const Handshake &handshake() const = 0;

    /// Queues one text message. `utf8` must be valid UTF-8 and is shared, not copied. Past
    /// Limits::outboundBytes the socket is closed with SlowReader; after close() it does nothing. A message
    /// of more than half that bound, such as a list of thousands of members, lifts it by its own size until
    /// the queue is low again, to 16 times the bound at most: else it could never be sent at all.
    virtual void sendText(const QByteArray &utf8) = 0;

    /// Sends a close frame behind what is queued and ends the connection once the peer has answered it or a
    /// few seconds have passed. `reason` is cut to the 123 bytes of UTF-8 that RFC 6455 section 5.5 leaves.
    virtual void close(CloseCode code, const QString &reason = {}) = 0;

    /// Bytes accepted by sendText() that the kernel has not taken yet.
    virtual qint64 queuedBytes() const = 0;

Q_SIGNALS:
    /// One whole text message in valid UTF-8. Binary messages are refused with 1003 before they get here.
    void textReceived(const QByteArray &utf8);
    /// queuedBytes() has fallen back below a quarter of Limits::outboundBytes after having been above it.
    void drained();
    /// The connection is over; emitted once. `code` is the peer's or ours, Abnormal where there was none.
    void closed(quint16 code);
};

} // namespace rookery::net
