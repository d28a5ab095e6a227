// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/checker.h"
#include "tests/faults/driver/fleet.h"
#include "tests/faults/driver/scene.h"
#include "tests/wire/load/endpoint.h"

#include <optional>
#include <unordered_map>

namespace rookery::faults {

/// Waits until a fleet is idle, reads the rooms' logs as a fresh client does, and checks everything. Errors
/// go to the fleet's findings. For the thread that made the fleet.
class Audit
{
public:
    /// `persons`: everybody who edits or deletes.
    Audit(Fleet &fleet, std::vector<Place> rooms, std::vector<Person> persons);

    /// First waits until every client has its answers and its events; a client that has them not within
    /// `seconds` is a finding. Reads and compares what is new since the last call, and every message that was
    /// edited or deleted since. Producing is off afterwards. Throws Failure if the server cannot be read.
    void settleAndCheck(const load::Endpoint &endpoint, double seconds);
    /// Whether every client that follows a room knows who is in it. Presence is sent live and may be late: a
    /// client that does not know within `seconds` is a finding. Throws Failure.
    void checkRolls(const load::Endpoint &endpoint, double seconds);
    /// Reads everything again from the first event on: what was right before may have changed since.
    void checkFromScratch(const load::Endpoint &endpoint, double seconds);

    /// Number of events in the logs.
    std::uint64_t events() const { return m_checker->eventsTaken(); }

private:
    void readChanged(const load::Endpoint &endpoint);

    Fleet &m_fleet;
    std::vector<Place> m_rooms;
    std::vector<Person> m_persons;
    std::optional<Checker> m_checker;
    std::unordered_map<const RoomView *, std::size_t> m_compared;
};

} // namespace rookery::faults
