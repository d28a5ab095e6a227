#pragma once

#include "server/net/descriptorwatch.h"

#include <QByteArray>
#include <QList>

namespace rookery::net {

/// The bytes of one accepted connection, there and back, without blocking. On the descriptor itself rather
/// than in a QTcpSocket, because that closes both directions once the client has closed one, and a client may
/// end its sending and still wait for its answer.
///
/// Writing: a list of buffers, sent with one gathered call per flush(). The watcher bounds it.
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

    /// Queues; large buffers are shared, small ones copied together, so that what is queued costs about as
    /// much memory as queued() says. A unit (a frame, an answer) begins at every call that is not a
    /// `continuation`.
    void write(const QByteArray &bytes, bool continuation = false);
    /// The same for bytes that do not outlive the call; meant for few of them.
    void writeCopy(QByteArrayView bytes, bool continuation = false);
    /// Gives the kernel what it takes; false once the connection is broken.
    bool flush();
    /// Forgets what is queued but for the unit that the peer has seen the beginning of, and at most some
    /// small units that share a buffer with it. What is left ends with a whole unit.
    void dropQueued();
    /// Bytes the kernel has not taken.
    qint64 queued() const { return m_queued; }
    /// Whether the kernel did not take everything when it was last offered.
    bool isFull() const { return interest() & Write; }
    /// Bytes that the kernel has taken and the peer has not acknowledged.
    qint64 unsent() const;
    /// Bytes the kernel has taken since the beginning.
    qint64 sent() const { return m_sent; }
    bool failed() const { return m_failed; }

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

    struct Buffer
    {
        QByteArray bytes;
        bool continuation;
    };
    const QList<Buffer> &queue() const { return m_queue; }
    qsizetype offset() const { return m_offset; }

private:
    void descriptorReady(Events events) override;
    void taken(qsizetype count);

    Watcher *m_watcher;
    QList<Buffer> m_queue;
    qsizetype m_offset = 0; ///< into the first buffer
    qint64 m_queued = 0;
    qint64 m_sent = 0;
    bool m_ownTail = false; ///< the last buffer is a collection of small writes
    bool m_failed = false;
};

} // namespace rookery::net
