// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/stream/outbox.h"

#include <algorithm>
#include <cstring>

#include <sys/uio.h>

namespace rookery::net {

namespace {

/// Up to this size a copy is cheaper than a part of its own.
constexpr qsizetype copiedBytes = 64;
constexpr qsizetype collectedBytes = 4096;
constexpr qsizetype collectionBegins = 96;
/// Parts kept for the next burst; enough for some messages to a thousand sockets.
constexpr int kept = 8192;

} // namespace

struct Outbox::Part
{
    QByteArray bytes;
    Part *next = nullptr;
    bool continuation = false;
};

class Outbox::Pool
{
public:
    static Pool &ofThisThread()
    {
        thread_local Pool pool;
        return pool;
    }
    ~Pool()
    {
        while (m_free)
            delete std::exchange(m_free, m_free->next);
    }

    Part *get()
    {
        if (!m_free)
            return new Part;
        --m_count;
        return std::exchange(m_free, m_free->next);
    }
    void put(Part *part)
    {
        if (m_count == kept) {
            delete part;
            return;
        }
        part->bytes = QByteArray();
        part->next = m_free;
        m_free = part;
        ++m_count;
    }

private:
    Part *m_free = nullptr;
    int m_count = 0;
};

Outbox::Part *Outbox::push(QByteArray bytes, bool continuation)
{
    Part *const part = Pool::ofThisThread().get();
    part->bytes = std::move(bytes);
    part->next = nullptr;
    part->continuation = continuation;
    (m_first ? m_last->next : m_first) = part;
    m_last = part;
    return part;
}

void Outbox::pop()
{
    Part *const part = std::exchange(m_first, m_first->next);
    Pool::ofThisThread().put(part);
    m_offset = 0;
    if (!m_first)
        m_ownTail = false;
}

void Outbox::append(const QByteArray &bytes, bool continuation)
{
    if (bytes.size() <= copiedBytes) {
        appendCopy(bytes, continuation);
        return;
    }
    push(bytes, continuation);
    m_size += bytes.size();
    m_ownTail = false;
}

void Outbox::appendCopy(QByteArrayView bytes, bool continuation)
{
    if (bytes.isEmpty())
        return;
    m_size += bytes.size();
    // A unit is never split over two collections, so that dropUnsent() finds a place to cut.
    if (m_ownTail && (continuation || m_last->bytes.size() + bytes.size() <= collectedBytes)) {
        m_last->bytes.append(bytes);
        return;
    }
    QByteArray collection;
    collection.reserve(std::max(bytes.size(), collectionBegins));
    collection.append(bytes);
    push(std::move(collection), continuation);
    m_ownTail = true;
}

QByteArrayView Outbox::front() const
{
    return m_first ? QByteArrayView(m_first->bytes).sliced(m_offset) : QByteArrayView();
}

qsizetype Outbox::copyTo(char *to, qsizetype most) const
{
    qsizetype copied = 0;
    qsizetype skip = m_offset;
    for (const Part *part = m_first; part && copied < most; part = part->next) {
        const qsizetype size = std::min(part->bytes.size() - skip, most - copied);
        std::memcpy(to + copied, part->bytes.constData() + skip, size_t(size));
        copied += size;
        skip = 0;
    }
    return copied;
}

int Outbox::gather(iovec *parts, int most) const
{
    int count = 0;
    qsizetype skip = m_offset;
    for (const Part *part = m_first; part && count < most; part = part->next) {
        parts[count++] = {
            const_cast<char *>(part->bytes.constData()) + skip, size_t(part->bytes.size() - skip)};
        skip = 0;
    }
    return count;
}

void Outbox::remove(qsizetype count)
{
    m_size -= count;
    while (count > 0) {
        const qsizetype left = m_first->bytes.size() - m_offset;
        if (count < left) {
            m_offset += count;
            return;
        }
        count -= left;
        pop();
    }
}

void Outbox::clear()
{
    while (m_first)
        pop();
    m_size = 0;
}

void Outbox::dropUnsent(qint64 committed)
{
    const qint64 bound = std::max<qint64>(committed, m_offset > 0 ? 1 : 0);
    qint64 left = -m_offset;
    Part *last = nullptr;
    // A unit continues in the following parts that are continuations: a large payload after its header, for
    // example.
    Part *part = m_first;
    for (; part && (left < bound || part->continuation); part = part->next) {
        left += part->bytes.size();
        last = part;
    }
    if (!last) {
        clear();
        return;
    }
    while (part)
        Pool::ofThisThread().put(std::exchange(part, part->next));
    last->next = nullptr;
    m_last = last;
    m_size = left;
    m_ownTail = false;
}

} // namespace rookery::net
