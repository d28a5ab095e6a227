// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/readmarks.h"

#include "server/dialects/native/nativeframes.h"

#include <algorithm>
#include <utility>

namespace rookery::ws {

namespace {

/// Rooms that may wait, and requests of one of them.
constexpr qsizetype mostRooms = nativeframes::subscriptionBound;
constexpr qsizetype mostRefs = 64;
/// Rooms that are written before the next pause.
constexpr int mostWrites = 64;

Error tooMany()
{
    static constexpr std::chrono::milliseconds retryAfter{1000};
    return {
        ErrorCode::Overloaded, QStringLiteral("Too many rooms are marked as read at once."), {}, retryAfter};
}

} // namespace

std::optional<Error> ReadMarks::add(const QJsonValue &ref, const QString &room, qint64 seq)
{
    auto waiting = m_waiting.find(room);
    if (waiting == m_waiting.end()) {
        if (m_waiting.size() >= mostRooms)
            return tooMany();
        waiting = m_waiting.insert(room, {});
        m_order.append(room);
    }
    if (waiting->refs.size() >= mostRefs)
        return tooMany();
    waiting->seq = std::max(waiting->seq, seq);
    waiting->refs.append(ref);
    if (m_writing == 0 && !m_isPausing)
        writeNext();
    return std::nullopt;
}

void ReadMarks::write()
{
    m_isPausing = false;
    if (m_writing == 0)
        writeNext();
}

void ReadMarks::writeNext()
{
    const QStringList rooms = m_order.mid(0, mostWrites);
    m_order.erase(m_order.begin(), m_order.begin() + rooms.size());
    m_writing = int(rooms.size());
    for (const QString &room : rooms) {
        const Asked asked = m_waiting.take(room);
        m_owner->markRead(room, asked.seq,
            [this, room, asked](const Result<store::MarkedRead> &marked) { written(room, asked, marked); });
    }
}

void ReadMarks::written(const QString &room, const Asked &asked, const Result<store::MarkedRead> &marked)
{
    for (const QJsonValue &ref : asked.refs)
        m_owner->deliver(
            marked ? nativeframes::marked(ref, *marked) : nativeframes::error(ref, room, marked.error()));
    if (--m_writing > 0)
        return;
    m_isPausing = true;
    m_owner->writeMarksLater();
}

} // namespace rookery::ws
