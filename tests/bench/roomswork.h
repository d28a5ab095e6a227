// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/bench.h"

namespace rookery::bench {

/// Messages at an even pace in many rooms, one sender in each.
struct RoomsWork
{
    int connections = 0; ///< divided evenly between the rooms
    const std::vector<std::string> &rooms;
    double rate = 0; ///< messages per second in each room
    bool timeSenders = true; ///< whether a sender's own copy counts for the latency, like all others
};

struct RoomsOutcome
{
    Report report; ///< without its line
    Histogram times;
    double cpuPerDelivery = 0; ///< µs
};

/// Opens the sockets, warms up, measures, waits for everything that was sent, checks and closes. Throws
/// Failure.
RoomsOutcome measureRooms(Bench &bench, const RoomsWork &work);

} // namespace rookery::bench
