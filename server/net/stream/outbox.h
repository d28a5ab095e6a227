// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <utility>

struct iovec;

namespace rookery::net {

/// What is to be sent on one connection, in order. A message to many sockets is shared by their outboxes, and
/// nothing is allocated for it: its place in the queue comes from a pool of the thread's. An empty outbox
/// holds nothing.
///
/// Thread: its connection's.
class Outbox
{
public:
    Outbox() = default;
    ~Outbox() { clear(); }
    Outbox(const Outbox &) = delete;
    Outbox &operator=(const Outbox &) = delete;

    /// Queues; small buffers are copied together, so that what is queued costs about as much memory as size()
    /// says. A unit (a frame, an answer) begins at every call that is not a `continuation`.
    void append(const QByteArray &bytes, bool continuation);
    /// The same for bytes that do not outlive the call; meant for few of them.
    void appendCopy(QByteArrayView bytes, bool continuation);

    bool isEmpty() const { return !m_first; }
    qint64 size() const { return m_size; }

    /// Where everything lies, or where it begins: the first buffer.
    QByteArrayView front() const;
    /// Copies what fits from the front; answers how much that is.
    qsizetype copyTo(char *to, qsizetype most) const;
    /// Points to what lies at the front, at most `most` parts; answers how many.
    int gather(iovec *parts, int most) const;
    /// So many bytes from the front have been sent.
    void remove(qsizetype count);
    void clear();
    /// Forgets all but the units of which the first `committed` bytes are a part, or whose beginning has been
    /// sent, and at most some small units that share a buffer with them. What is left ends with a whole unit.
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
    bool m_ownTail = false; ///< the last part is a collection of small ones
};

} // namespace rookery::net
