// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/loop/descriptorwatch.h"
#include "server/net/stream/outbox.h"

#include <QByteArray>
#include <QHostAddress>

namespace rookery::net {

/// Non-blocking reads and writes on one accepted connection. It works on the descriptor itself, because a
/// QTcpSocket closes both directions when the client has closed one, and a client may end its sending and
/// still wait for its answer.
///
/// Writes go into an outbox that flush() sends with one system call. The watcher bounds it.
class Transport : private DescriptorWatch
{
public:
    class Watcher
    {
    public:
        virtual ~Watcher() = default;
        virtual void transportReadable() = 0;
        /// The kernel accepts bytes again after it was full; or the connection broke, see failed().
        virtual void transportWritten() = 0;
    };

    enum class Read {
        Bytes,
        Nothing, ///< for now
        End, ///< the peer has ended its sending
        Failed,
    };

    /// Takes ownership of the descriptor.
    Transport(int descriptor, Watcher *watcher);
    Transport(const Transport &) = delete;
    Transport &operator=(const Transport &) = delete;
    ~Transport() override;

    /// The handshake before the first byte (TLS); returns true when it is complete. Call it again after each
    /// transportReadable() or transportWritten(), until it is complete or failed().
    virtual bool establish() { return true; }

    Read read(char *data, qsizetype size, qsizetype &count);
    /// Enables transportReadable(). Bytes already decrypted do not trigger it: call read() once after
    /// enabling.
    void setReading(bool on) { setInterest(DescriptorWatch::Read, on); }

    /// Queues, see Outbox::append().
    void write(const QByteArray &bytes, bool continuation = false)
    {
        if (!m_failed)
            m_outbox.append(bytes, continuation);
    }
    void writeCopy(QByteArrayView bytes, bool continuation = false)
    {
        if (!m_failed)
            m_outbox.appendCopy(bytes, continuation);
    }
    /// Sends what the kernel accepts; false once the connection is broken.
    bool flush();
    /// Drops the queue, except for the unit that has been sent in part and small units that share a buffer
    /// with it. The rest ends with a whole unit.
    void dropQueued() { m_outbox.dropUnsent(committed()); }
    /// Bytes the kernel has not accepted.
    qint64 queued() const { return m_outbox.size(); }
    /// Whether the kernel accepted less than everything at the last attempt.
    bool isFull() const { return interest() & Write; }
    /// Bytes that the kernel has accepted and the peer has not acknowledged.
    qint64 unsent() const;
    /// Bytes the kernel has accepted since the beginning.
    qint64 sent() const { return m_sent; }
    bool failed() const { return m_failed; }
    /// See ownAddressOf().
    QHostAddress ownAddress() const;

    /// Ends sending; reading continues.
    virtual void shutdownWrite();
    /// The destructor resets the connection (RST) instead of letting the kernel send the rest.
    void setAbortive();

protected:
    struct Io
    {
        qsizetype count = 0;
        Read result = Read::Nothing;
    };
    virtual Io ioRead(char *data, qsizetype size);
    /// Sends from the front of the queue; Nothing if the kernel is full.
    virtual Io ioWrite();
    /// Bytes at the queue's front that must not be dropped although none of them has been sent.
    virtual qsizetype committed() const { return 0; }

    using DescriptorWatch::descriptor;
    void setWriteNotification(bool on) { setInterest(Write, on); }
    void fail() { m_failed = true; }

    const Outbox &outbox() const { return m_outbox; }

    /// A good size for one system call or one TLS record.
    static constexpr qsizetype pieceBytes = 16 * 1024;
    /// Up to pieceBytes from the front of the outbox, contiguous: in the outbox itself or in a buffer of the
    /// thread that is valid until the next call.
    QByteArrayView nextPiece() const;

private:
    void descriptorReady(Events events) override;

    Watcher *m_watcher;
    Outbox m_outbox;
    qint64 m_sent = 0;
    bool m_failed = false;
};

} // namespace rookery::net
