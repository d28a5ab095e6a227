// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/endpoint.h"
#include "tests/faults/driver/checker.h"
#include "tests/faults/driver/fleet.h"
#include "tests/faults/driver/scene.h"

#include <optional>
#include <unordered_map>

namespace rookery::faults {

/// Brings a fleet to rest, reads the rooms' logs as a fresh client does, and has everything checked. What it
/// finds goes to the fleet's findings. For the thread that made the fleet.
class Audit
{
public:
    Audit(Fleet &fleet, std::vector<Place> rooms);

    /// Lets every client have its answers and its events first; who has them not within `seconds` is a
    /// finding. Only what is new since the last time is read and compared. Producing is off afterwards.
    /// Throws Failure where the server cannot be read.
    void settleAndCheck(const bench::Endpoint &endpoint, double seconds);
    /// Whether every client that follows a room knows who is in it. That is told live and may come late: who
    /// does not know within `seconds` is a finding. Throws Failure.
    void checkRolls(const bench::Endpoint &endpoint, double seconds);
    /// Everything from the first event on, once more: what was right before may have changed since.
    void checkFromScratch(const bench::Endpoint &endpoint, double seconds);

    /// Events of the logs.
    std::uint64_t events() const { return m_checker->eventsTaken(); }

private:
    Fleet &m_fleet;
    std::vector<Place> m_rooms;
    std::optional<Checker> m_checker;
    std::unordered_map<const RoomView *, std::size_t> m_compared;
};

} // namespace rookery::faults
