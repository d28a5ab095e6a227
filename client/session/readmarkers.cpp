// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/readmarkers.h"

#include "client/api/selfframes.h"

#include <algorithm>
#include <utility>

namespace rookery::client {

namespace {

/// Rooms that are told of before the next pause.
constexpr qsizetype mostAsked = 64;
constexpr std::chrono::milliseconds longestMarkPause{300'000};

/// Whether the user has read more than the server knows of.
bool isNews(const RoomState &state)
{
    return state.readSeq > std::max<qint64>(0, state.toldSeq);
}

} // namespace

ReadMarkers::ReadMarkers(RoomBook *book, Link *link)
    : m_book(book)
    , m_link(link)
{
    m_pause.setSingleShot(true);
    connect(&m_pause, &QTimer::timeout, this, qOverload<>(&ReadMarkers::tell));
}

void ReadMarkers::begin(bool supported)
{
    ++m_connection;
    m_changed.clear();
    m_asked.clear();
    m_pause.stop();
    m_isSupported = supported;
}

void ReadMarkers::changed(const QString &roomId)
{
    if (!m_isSupported || !m_book->find(roomId))
        return;
    m_changed.insert(roomId);
    tellSoon();
}

void ReadMarkers::listed()
{
    if (!m_isSupported)
        return;
    for (const auto &[id, state] : m_book->all()) {
        if (isNews(state))
            m_changed.insert(id);
    }
    tellSoon();
}

void ReadMarkers::tellSoon()
{
    if (!m_pause.isActive())
        tell();
}

void ReadMarkers::tell()
{
    if (m_link->state() != Link::State::Connected)
        return;
    QStringList rooms;
    for (auto id = m_changed.begin(); id != m_changed.end() && rooms.size() < mostAsked;) {
        if (m_asked.contains(*id)) {
            ++id;
            continue;
        }
        const RoomState *state = m_book->find(*id);
        if (state && isNews(*state))
            rooms.append(*id);
        id = m_changed.erase(id);
    }
    if (!rooms.isEmpty() || !m_changed.isEmpty())
        m_pause.start(pause);
    for (const QString &id : std::as_const(rooms)) {
        if (RoomState *state = m_book->find(id))
            tell(*state);
    }
}

void ReadMarkers::tell(RoomState &state)
{
    const QString roomId = state.room.id;
    m_asked.insert(roomId);
    m_link->request(readRequest(roomId, state.readSeq), this,
        [this, roomId, seq = state.readSeq, connection = m_connection](const RequestOutcome &outcome) {
            if (connection != m_connection)
                return;
            m_asked.remove(roomId);
            const auto *frame = std::get_if<ServerFrame>(&outcome);
            const auto *marked = frame ? std::get_if<MarkedFrame>(frame) : nullptr;
            if (const auto *error = std::get_if<Error>(&outcome)) {
                refused(roomId, seq, *error);
            } else if (marked) {
                if (RoomState *told = m_book->find(roomId))
                    told->toldSeq = std::max(told->toldSeq, seq);
                Q_EMIT answered(roomId, marked->mark, marked->lastSeq);
            } // Where it is lost, it is told after the next hello.
        });
}

void ReadMarkers::refused(const QString &roomId, qint64 seq, const Error &error)
{
    if (isRetryable(error.code)) {
        m_changed.insert(roomId);
        m_pause.start(std::clamp<std::chrono::milliseconds>(error.retryAfter, pause, longestMarkPause));
    } else if (RoomState *state = m_book->find(roomId)) {
        state->toldSeq = std::max(state->toldSeq, seq); // the same once more would be refused again
    }
}

} // namespace rookery::client
