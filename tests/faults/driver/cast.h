// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/client.h"
#include "tests/faults/driver/fleet.h"
#include "tests/faults/driver/scene.h"

namespace rookery::faults {

/// The accounts and rooms of a standard load, and its clients: twenty writers over every entry point, and
/// readers that follow every room.
struct Stage
{
    std::vector<Person> persons;
    std::vector<Place> rooms; ///< public
    Place lobby;
    std::vector<Place> directs; ///< between two of the users each

    /// All of them, for an Audit.
    std::vector<Place> places() const;
};
constexpr int writerCount = 20;

/// Creates what addCast() needs. Takes a second or two because of password hashing; a copy of the server's
/// data serves many runs. Throws Failure.
Stage makeStage(const load::Endpoint &endpoint, std::uint32_t run);

/// The intensity of the writers on sockets; those over REST wait for each answer.
struct Effort
{
    std::size_t window = 4; ///< messages of each in flight
    bool inBursts = false;
};
constexpr Effort steady{4, false};
constexpr Effort hard{32, true};

/// Twenty writers: ten on /ws/v1, three in rooms of /ws/chat/, two on / (one to the lobby, one direct), one
/// on /websocket, four over REST; those on /ws/v1 and over REST edit and delete, too. Two users who join a room
/// and leave it over REST, and two readers on /ws/v1 of everything. Call before the fleet starts.
void addCast(Fleet &fleet, const Stage &stage, const load::Endpoint &endpoint, std::uint64_t seed,
    Effort effort, const std::function<void()> &heard = {});

} // namespace rookery::faults
