// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/loop/descriptorwatch.h"
#include "server/net/stream/outbox.h"

#include <QByteArray>
#include <QHostAddress>

namespace rookery::net {

/// The bytes of one accepted connection, there and back, without blocking. On the descriptor itself rather
/// than in a QTcpSocket, because that closes both directions once the client has closed one, and a client may
/// end its sending and still wait for its answer.
///
/// Writing: an outbox, sent with one call per flush(). The watcher bounds it.
class Transport : private DescriptorWatch
{
public:
    class Watcher
    {
    public:
        virtual ~Watcher() = default;
        virtual void transportReadable() = 0;
        /// The kernel took something again after it had been full; or the connection broke, see failed().
        virtual void transportWritten() = 0;
    };

    enum class Read {
        Bytes,
        Nothing, ///< for now
        End, ///< the peer has ended its sending
        Failed,
    };

    /// Takes the descriptor over.
    Transport(int descriptor, Watcher *watcher);
    Transport(const Transport &) = delete;
    Transport &operator=(const Transport &) = delete;
    ~Transport() override;

    /// What must happen before the first byte (TLS); true once it has. Called again when transportReadable()
    /// or transportWritten() was, until it is done or failed().
    virtual bool establish() { return true; }

    Read read(char *data, qsizetype size, qsizetype &count);
    /// Whether transportReadable() is called. Bytes already decrypted do not call it: read once after
    /// switching it on.
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
    /// Gives the kernel what it takes; false once the connection is broken.
    bool flush();
    /// Forgets what is queued but for the unit that the peer has seen the beginning of, and at most some
    /// small units that share a buffer with it. What is left ends with a whole unit.
    void dropQueued() { m_outbox.dropUnsent(committed()); }
    /// Bytes the kernel has not taken.
    qint64 queued() const { return m_outbox.size(); }
    /// Whether the kernel did not take everything when it was last offered.
    bool isFull() const { return interest() & Write; }
    /// Bytes that the kernel has taken and the peer has not acknowledged.
    qint64 unsent() const;
    /// Bytes the kernel has taken since the beginning.
    qint64 sent() const { return m_sent; }
    bool failed() const { return m_failed; }
    /// See ownAddressOf().
    QHostAddress ownAddress() const;

    /// Says that nothing more will be sent; reading goes on.
    virtual void shutdownWrite();
    /// The next destruction cuts the connection off (RST) instead of letting the kernel go on sending.
    void setAbortive();

protected:
    struct Io
    {
        qsizetype count = 0;
        Read result = Read::Nothing;
    };
    virtual Io ioRead(char *data, qsizetype size);
    /// Sends from the front of the queue; Nothing when the kernel is full.
    virtual Io ioWrite();
    /// Bytes at the queue's front that must not be dropped although none of them has been sent.
    virtual qsizetype committed() const { return 0; }

    using DescriptorWatch::descriptor;
    void setWriteNotification(bool on) { setInterest(Write, on); }
    void fail() { m_failed = true; }

    const Outbox &outbox() const { return m_outbox; }

    /// What one call of the kernel, or one record of TLS, is best fed with.
    static constexpr qsizetype pieceBytes = 16 * 1024;
    /// As much of the outbox's front as a piece takes, in one place: its own or a buffer of the thread's,
    /// which is good until the next call.
    QByteArrayView nextPiece() const;

private:
    void descriptorReady(Events events) override;

    Watcher *m_watcher;
    Outbox m_outbox;
    qint64 m_sent = 0;
    bool m_failed = false;
};

} // namespace rookery::net
