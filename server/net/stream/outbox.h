// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <utility>

struct iovec;

namespace rookery::net {

/// The send queue of one connection. A message to many sockets is shared by their outboxes, and queueing it
/// allocates nothing: the parts come from a pool of the thread. An empty outbox holds no memory.
///
/// Thread: its connection's.
class Outbox
{
public:
    Outbox() = default;
    ~Outbox() { clear(); }
    Outbox(const Outbox &) = delete;
    Outbox &operator=(const Outbox &) = delete;

    /// Queues bytes. Small buffers are copied together, so that the queue costs about as much memory as
    /// size() says. Every call that is not a `continuation` begins a unit (a frame, an answer).
    void append(const QByteArray &bytes, bool continuation);
    /// The same for bytes that do not outlive the call; meant for small amounts.
    void appendCopy(QByteArrayView bytes, bool continuation);

    bool isEmpty() const { return !m_first; }
    qint64 size() const { return m_size; }

    /// The first buffer: all of the queue, or its beginning.
    QByteArrayView front() const;
    /// Copies bytes from the front; returns how many.
    qsizetype copyTo(char *to, qsizetype most) const;
    /// Points `parts` to the front of the queue, at most `most` of them; returns how many.
    int gather(iovec *parts, int most) const;
    /// Removes this many bytes from the front: they have been sent.
    void remove(qsizetype count);
    void clear();
    /// Drops all unsent units. Kept are units that have been sent in part, units that the first `committed`
    /// bytes belong to, and small units that share a buffer with them. The rest ends with a whole unit.
    void dropUnsent(qint64 committed);

private:
    struct Part;
    class Pool;

    Part *push(QByteArray bytes, bool continuation);
    void pop();

    Part *m_first = nullptr;
    Part *m_last = nullptr;
    qint64 m_size = 0;
    qsizetype m_offset = 0; ///< into the first part
    bool m_ownTail = false; ///< the last part is a collection of small buffers
};

} // namespace rookery::net
