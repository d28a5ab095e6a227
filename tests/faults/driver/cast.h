// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/client.h"
#include "tests/faults/driver/fleet.h"
#include "tests/faults/driver/scene.h"

namespace rookery::faults {

/// The accounts and rooms of a standard load, and the clients that make it: twenty writers over every way in
/// that there is, and readers that follow every room.
struct Stage
{
    std::vector<Person> persons;
    std::vector<Place> rooms; ///< public
    Place lobby;
    std::vector<Place> directs; ///< between two of the persons each

    /// All of them, for an Audit.
    std::vector<Place> places() const;
};
constexpr int writerCount = 20;

/// Makes what addCast() needs. Takes a second or two, for the passwords; a copy of the server's data serves
/// many runs. Throws Failure.
Stage makeStage(const bench::Endpoint &endpoint, std::uint32_t run);

/// How hard the writers on sockets work; those over REST wait for each answer.
struct Effort
{
    std::size_t window = 4; ///< messages of each on their way
    bool inBursts = false;
};
constexpr Effort steady{4, false};
constexpr Effort hard{32, true};

/// Twenty writers: ten on /ws/v1, three in rooms of /ws/chat/, two on / (one to the lobby, one direct), one
/// on /websocket, four over REST; and two readers on /ws/v1 of everything. To be called before the fleet
/// starts.
void addCast(Fleet &fleet, const Stage &stage, const bench::Endpoint &endpoint, std::uint64_t seed,
    Effort effort, const std::function<void()> &heard = {});

} // namespace rookery::faults
