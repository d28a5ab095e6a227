// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/sequencer.h"

#include <algorithm>
#include <utility>

namespace rookery::bus {

namespace {

/// How often the store may have nothing of a hole.
constexpr int mostVainReads = 20;

} // namespace

Sequencer::Sequencer(MemoryBus *local, MemoryBus::Clock clock)
    : m_local(local)
    , m_clock(std::move(clock))
{ }

void Sequencer::deliver(std::vector<Notice> notices, const QObject *sayer)
{
    const std::scoped_lock lock(m_mutex);
    std::vector<Notice> due;
    due.reserve(notices.size());
    for (Notice &notice : notices) {
        if (const auto *event = std::get_if<EventCommitted>(&notice)) {
            offer(due, *event);
            continue;
        }
        if (std::holds_alternative<HistoryChanged>(notice))
            forgetAll();
        due.push_back(std::move(notice));
    }
    tell(std::move(due), sayer);
}

void Sequencer::offer(std::vector<Notice> &due, const EventCommitted &event)
{
    const QString &roomId = event.event.roomId;
    const qint64 seq = event.event.seq;
    if (!m_local->concerns({{roomId}})) {
        due.push_back(event);
        return;
    }
    State &state = m_rooms[roomId];
    state.target = std::max(state.target, seq);
    if (state.next == 0 || seq == state.next) {
        due.push_back(event);
        state.next = seq + 1;
        drain(due, state);
        assess(state, true);
        return;
    }
    if (seq < state.next)
        return; // told already
    if (state.held.size() < mostHeldOfRoom && m_held < mostHeld && state.held.emplace(seq, event).second)
        ++m_held;
    assess(state, false);
}

void Sequencer::drain(std::vector<Notice> &due, State &state)
{
    while (!state.held.empty() && state.held.begin()->first <= state.next) {
        auto first = state.held.extract(state.held.begin());
        --m_held;
        if (first.key() < state.next)
            continue;
        due.push_back(std::move(first.mapped()));
        ++state.next;
    }
}

void Sequencer::assess(State &state, bool progress)
{
    const bool isMissing = state.next > 0 && state.next <= state.target;
    if (isMissing != std::exchange(state.isMissing, isMissing)) {
        m_holes += isMissing ? 1 : -1;
        progress = true;
    }
    if (progress) {
        state.since = m_clock();
        state.vainReads = 0;
    }
}

void Sequencer::noteHead(const RoomHead &head)
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_rooms.find(head.roomId);
    if (found == m_rooms.end()) {
        tell({RoomHeads{{head}}}, nullptr);
        return;
    }
    State &state = found->second;
    state.target = std::max(state.target, head.seq);
    assess(state, false);
}

void Sequencer::forget(const QString &roomId)
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_rooms.find(roomId);
    if (found == m_rooms.end() || m_local->concerns({{roomId}}))
        return;
    clearHeld(found->second);
    if (found->second.isMissing)
        --m_holes;
    m_rooms.erase(found);
}

void Sequencer::clearHeld(State &state)
{
    m_held -= state.held.size();
    state.held.clear();
}

void Sequencer::forgetAll()
{
    m_rooms.clear();
    m_held = 0;
    m_holes = 0;
}

std::vector<Sequencer::Hole> Sequencer::takeHoles(size_t most)
{
    std::vector<Hole> holes;
    if (!hasHoles())
        return holes;
    const std::scoped_lock lock(m_mutex);
    const auto now = m_clock();
    for (auto &[roomId, state] : m_rooms) {
        if (holes.size() == most)
            break;
        if (state.isMissing && !state.isReading && now - state.since >= patience) {
            state.isReading = true;
            holes.push_back({roomId, state.next - 1});
        }
    }
    return holes;
}

void Sequencer::fill(
    const QString &roomId, const std::shared_ptr<const Room> &room, const QList<RoomEvent> &events)
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_rooms.find(roomId);
    if (found == m_rooms.end())
        return;
    State &state = found->second;
    state.isReading = false;
    const qint64 before = state.next;
    std::vector<Notice> due;
    for (const RoomEvent &event : events) {
        drain(due, state);
        if (event.seq != state.next)
            continue;
        due.push_back(EventCommitted{event, room});
        ++state.next;
    }
    drain(due, state);
    const bool progress = state.next > before;
    if (!progress && ++state.vainReads >= mostVainReads) {
        for (auto &[seq, event] : state.held) {
            due.push_back(std::move(event));
            state.next = seq + 1;
        }
        clearHeld(state);
        due.push_back(RoomHeads{{{roomId, state.target}}});
        state.next = state.target + 1;
    }
    const bool wasMissing = state.isMissing;
    assess(state, progress);
    if (wasMissing && state.isMissing)
        state.since = progress ? m_clock() - patience : m_clock();
    tell(std::move(due), nullptr);
}

void Sequencer::giveUp(const QString &roomId)
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_rooms.find(roomId);
    if (found == m_rooms.end())
        return;
    found->second.isReading = false;
    found->second.since = m_clock();
}

void Sequencer::tell(std::vector<Notice> notices, const QObject *sayer)
{
    m_local->publish(std::move(notices), sayer);
}

} // namespace rookery::bus
