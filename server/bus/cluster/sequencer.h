// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/memory/memorybus.h"

#include <atomic>
#include <map>
#include <mutex>
#include <unordered_map>

namespace rookery::bus {

/// Brings the events of each room into their order before the hubs of this process hear them: those of other nodes and
/// those committed here are told by different threads. An event that comes early waits for the ones before it. If these do
/// not come, they are read from the store, once for the whole node and not by each listener.
///
/// Only rooms that a hub listens to have an order here; events of others go through as they come. Thread-safe.
class Sequencer
{
public:
    /// How long an event waits for those before it until they are to be read.
    static constexpr std::chrono::milliseconds patience{30};
    /// Events that wait, of one room and of all together. Past that they are read from the store later.
    static constexpr size_t mostHeldOfRoom = 256;
    static constexpr size_t mostHeld = 20'000;

    /// Where the log of a room has to be read from.
    struct Hole
    {
        QString roomId;
        qint64 after = 0; ///< the last seq that was told

        bool operator==(const Hole &) const = default;
    };

    /// `local` is told, and must outlive it.
    Sequencer(MemoryBus *local, MemoryBus::Clock clock);

    /// Tells the hubs of this process, except the sayer; events in their order. After a HistoryChanged every room begins anew.
    void deliver(std::vector<Notice> notices, const QObject *sayer = nullptr);
    /// The room has events up to this one. Where no event of it was told yet, its listeners are told the head.
    void noteHead(const RoomHead &head);
    /// Nobody listens to the room any more.
    void forget(const QString &roomId);

    /// Whether some events are missing. Cheap.
    bool hasHoles() const { return m_holes > 0; }
    /// At most so many of what has been missing for longer than `patience`. Each is returned once, until fill() or giveUp().
    std::vector<Hole> takeHoles(size_t most);
    /// What the store has after the hole's place, in order. Where this is nothing again and again, what waits is told as it
    /// is: the listeners see that the seq jumps, and read themselves.
    void fill(const QString &roomId, const std::shared_ptr<const Room> &room, const QList<RoomEvent> &events);
    /// The store could not be read. The hole is returned again after `patience`.
    void giveUp(const QString &roomId);

private:
    struct State
    {
        qint64 next = 0; ///< what is to be told next; 0: nothing was told yet
        qint64 target = 0; ///< there are events up to here
        std::map<qint64, EventCommitted> held; ///< that came early
        std::chrono::milliseconds since{}; ///< when it was seen that something is missing
        int vainReads = 0;
        bool isMissing = false;
        bool isReading = false;
    };

    // Under the lock.
    void offer(std::vector<Notice> &due, const EventCommitted &event);
    void drain(std::vector<Notice> &due, State &state);
    /// Whether events are missing now.
    void assess(State &state, bool progress);
    void clearHeld(State &state);
    void forgetAll();
    void tell(std::vector<Notice> notices, const QObject *sayer);

    MemoryBus *const m_local;
    const MemoryBus::Clock m_clock;
    std::mutex m_mutex;
    std::unordered_map<QString, State> m_rooms;
    size_t m_held = 0; ///< of all rooms
    std::atomic<int> m_holes = 0; ///< rooms with isMissing
};

} // namespace rookery::bus
