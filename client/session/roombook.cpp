// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/roombook.h"

#include <algorithm>
#include <utility>

namespace rookery::client {

namespace {

/// Nobody counts further, and the sum of all rooms stays a number.
constexpr qint64 mostUnread = 9'999;
/// Events of a room that are remembered to be counted once more. What the server counts is as old as its way
/// here.
constexpr qsizetype mostCounted = 512;
/// Rooms of which it is remembered why one is no longer there (THREATS.md 44).
constexpr qsizetype mostRemovals = 1'000;

/// An event that this version cannot show counts as unread, too.
bool isUnreadableMessage(const RoomEvent &event)
{
    const auto *unknown = event.as<Unknown>();
    return unknown && unknown->kind == Posted::kind;
}

} // namespace

RoomBook::RoomBook(RoomListModel::Roles roles, const QString &selfId)
    : m_selfId(selfId)
    , m_model(roles, selfId)
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
        state.countedTo = std::max(cached.countedTo, state.knownLast);
        // Up to 0.1.0 every event was a message.
        state.unread =
            cached.unread >= 0 ? cached.unread : std::max<qint64>(0, state.knownLast - state.readSeq);
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
    m_removals.remove(room.id);
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
    // The list of rooms may have brought the count of the new history already.
    if (!state.isCountedByServer || state.room.epoch != room.epoch || state.countedTo > room.lastSeq) {
        state.unread = 0;
        state.countedTo = 0;
        state.isCountedByServer = false;
        state.toldSeq = -1;
    }
    m_counted.remove(room.id);
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
    m_counted.remove(roomId);
    m_changed.remove(roomId);
    m_model.remove(roomId);
}

void RoomBook::take(RoomState &state, const Stretch &stretch)
{
    if (stretch.span.last <= state.knownLast)
        return; // older history: counted before, or read
    // Where the history has a hole, what lies in it may be messages.
    state.unread += std::max<qint64>(0, stretch.span.first - 1 - std::max(state.countedTo, state.readSeq));
    const Room before = state.room;
    for (const RoomEvent &event : stretch.events) {
        if (event.seq > state.knownLast)
            takeEvent(state, event);
    }
    state.knownLast = stretch.span.last;
    state.countedTo = std::max(state.countedTo, state.knownLast);
    state.room.lastSeq = std::max(state.room.lastSeq, state.knownLast);
    m_changed.insert(state.room.id);
    if (before.name != state.room.name || before.topic != state.room.topic || before.role != state.room.role)
        m_model.upsert(state.room);
    showUnread(state);
}

void RoomBook::takeEvent(RoomState &state, const RoomEvent &event)
{
    if (event.as<Edited>() || event.as<Deleted>())
        state.lastChange = std::max(state.lastChange, event.seq);
    if (const auto *changed = event.as<RoomChanged>()) {
        state.room.name = changed->name.value_or(state.room.name);
        state.room.topic = changed->topic.value_or(state.room.topic);
    } else if (const auto *member = event.as<MemberChanged>(); member && member->user.id == m_selfId) {
        state.room.role = member->role;
        if (m_removals.size() == mostRemovals)
            m_removals.clear();
        if (isMember(member->role))
            m_removals.remove(state.room.id);
        else
            m_removals.insert(state.room.id,
                {event.sender.id == m_selfId ? QString() : event.sender.name, member->role == Role::Banned});
    }
    if (event.seq > state.countedTo)
        count(state, event);
}

void RoomBook::count(RoomState &state, const RoomEvent &event)
{
    if (event.seq <= state.readSeq)
        return;
    QList<Counted> &counted = m_counted[state.room.id];
    const auto *posted = event.as<Posted>();
    if (posted && event.sender.id == m_selfId) {
        state.readSeq = event.seq;
        state.unread = 0;
        counted.clear();
        if (state.toldSeq >= 0)
            state.toldSeq = event.seq; // the server knows by itself
    } else if (posted || isUnreadableMessage(event)) {
        // Also one that is deleted by now: the event that says so follows.
        ++state.unread;
        counted.append(Counted{event.seq, 0});
    } else if (const auto *deleted = event.as<Deleted>(); deleted && deleted->target > state.readSeq) {
        state.unread = std::max<qint64>(0, state.unread - 1);
        counted.append(Counted{event.seq, deleted->target});
    }
    if (counted.size() > mostCounted)
        counted.remove(0, counted.size() - mostCounted / 2);
}

bool RoomBook::takeMark(RoomState &state, const ReadMark &mark, qint64 lastSeq)
{
    state.toldSeq = std::max(state.toldSeq, mark.readSeq);
    state.room.lastSeq = std::max(state.room.lastSeq, lastSeq);
    if (mark.readSeq < state.readSeq)
        return false; // read here meanwhile, which the server is about to be told
    const bool hasMoved = mark.readSeq > state.readSeq;
    state.readSeq = mark.readSeq;
    state.unread = mark.unread;
    // What has come since it was counted.
    QList<Counted> &counted = m_counted[state.room.id];
    counted.removeIf([&](const Counted &one) { return one.seq <= lastSeq || one.seq <= mark.readSeq; });
    for (const Counted &one : std::as_const(counted)) {
        if (one.target == 0)
            ++state.unread;
        else if (one.target > mark.readSeq)
            --state.unread;
    }
    state.unread = std::max<qint64>(0, state.unread);
    state.countedTo = std::max({state.countedTo, lastSeq, mark.readSeq});
    state.isCountedByServer = true;
    m_changed.insert(state.room.id);
    showUnread(state);
    return hasMoved;
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
            changed.append({state->room, state->readSeq, {}, state->unread, state->countedTo});
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
        state.unread = 0;
        m_counted.remove(state.room.id);
        m_changed.insert(state.room.id);
    }
    if (!m_isHeld)
        m_model.setUnread(state.room.id, unread(state));
}

qint64 RoomBook::unread(const RoomState &state) const
{
    // What is not known yet may be messages, all of it, until it comes.
    const qint64 unknown = state.room.lastSeq - std::max(state.countedTo, state.readSeq);
    return std::clamp<qint64>(state.unread + std::max<qint64>(0, unknown), 0, mostUnread);
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
