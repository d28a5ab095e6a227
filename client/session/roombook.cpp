// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/roombook.h"

#include <algorithm>
#include <utility>

namespace rookery::client {

namespace {

/// Nobody counts further, and the sum of all rooms stays a number.
constexpr qint64 mostUnread = 9'999;

} // namespace

RoomBook::RoomBook(RoomListModel::Roles roles, const QString &selfId)
    : m_model(roles, selfId)
{ }

void RoomBook::load(const QList<CachedRoom> &rooms)
{
    QList<Room> shown;
    shown.reserve(rooms.size());
    for (const CachedRoom &cached : rooms) {
        RoomState &state = m_rooms[cached.room.id];
        state.room = cached.room;
        state.readSeq = cached.readSeq;
        state.knownLast = cached.known.last;
        state.room.lastSeq = std::max(state.room.lastSeq, state.knownLast);
        shown.append(cached.room);
    }
    m_model.setRooms(shown);
    for (auto &[id, state] : m_rooms)
        showUnread(state);
}

RoomState *RoomBook::find(const QString &roomId)
{
    const auto it = m_rooms.find(roomId);
    return it == m_rooms.end() ? nullptr : &it->second;
}

const RoomState *RoomBook::find(const QString &roomId) const
{
    const auto it = m_rooms.find(roomId);
    return it == m_rooms.end() ? nullptr : &it->second;
}

RoomState &RoomBook::add(const Room &room, qint64 readSeq)
{
    RoomState &state = m_rooms[room.id];
    state.room = room;
    state.readSeq = std::min(readSeq, room.lastSeq);
    m_changed.insert(room.id);
    if (!m_isHeld)
        m_model.upsert(room);
    showUnread(state);
    return state;
}

void RoomBook::update(RoomState &state, const Room &room)
{
    const qint64 lastSeq = std::max(state.room.lastSeq, room.lastSeq);
    Room merged = room;
    merged.lastSeq = lastSeq;
    if (merged == state.room)
        return;
    state.room = merged;
    m_changed.insert(room.id);
    m_model.upsert(merged);
    showUnread(state);
}

void RoomBook::reset(RoomState &state, const Room &room)
{
    state.room = room;
    state.readSeq = std::min(state.readSeq, room.lastSeq);
    state.knownLast = 0;
    state.holeAt = -1;
    ++state.generation;
    m_changed.insert(room.id);
    m_model.upsert(room);
    showUnread(state);
}

void RoomBook::remove(const QString &roomId)
{
    m_rooms.erase(roomId);
    m_changed.remove(roomId);
    m_model.remove(roomId);
}

void RoomBook::advance(RoomState &state, qint64 seq, bool own)
{
    if (seq > state.room.lastSeq) {
        state.room.lastSeq = seq;
        m_changed.insert(state.room.id);
    }
    if (own && seq > state.readSeq) {
        state.readSeq = seq;
        m_changed.insert(state.room.id);
    }
    showUnread(state);
}

void RoomBook::setActive(const QString &roomId)
{
    m_active = roomId;
    if (RoomState *state = find(roomId))
        showUnread(*state);
}

QString RoomBook::title(const QString &roomId) const
{
    const RoomState *state = find(roomId);
    return state ? m_model.title(state->room) : QString();
}

QList<CachedRoom> RoomBook::takeChanged()
{
    QList<CachedRoom> changed;
    for (const QString &roomId : std::exchange(m_changed, {})) {
        if (const RoomState *state = find(roomId))
            changed.append({state->room, state->readSeq});
    }
    return changed;
}

void RoomBook::markAllChanged()
{
    for (const auto &[id, state] : m_rooms)
        m_changed.insert(id);
}

void RoomBook::showUnread(RoomState &state)
{
    if (state.room.id == m_active && state.readSeq < state.room.lastSeq) {
        state.readSeq = state.room.lastSeq;
        m_changed.insert(state.room.id);
    }
    if (!m_isHeld)
        m_model.setUnread(state.room.id, unread(state));
}

qint64 RoomBook::unread(const RoomState &state) const
{
    return std::clamp<qint64>(state.room.lastSeq - state.readSeq, 0, mostUnread);
}

void RoomBook::showModel()
{
    m_isHeld = false;
    QList<Room> rooms;
    rooms.reserve(count());
    QHash<QString, qint64> counts;
    for (const auto &[id, state] : m_rooms) {
        rooms.append(state.room);
        counts.insert(id, unread(state));
    }
    m_model.setRooms(rooms, counts);
}

} // namespace rookery::client
