// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

namespace rookery::faults {

enum class Direction : std::uint8_t { ToServer, ToClient };

enum class Cut : std::uint8_t {
    Reset, ///< both sides see ECONNRESET, as from a middlebox that has lost its state
    Finish, ///< both sides see an orderly end at an arbitrary position
};

/// The faults of one direction. Counts are bytes received from that direction's sender.
struct DirectionFaults
{
    static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

    /// After exactly this many bytes have been delivered, both directions are cut.
    std::uint64_t cutAfter = never;
    Cut cut = Cut::Reset;
    /// At this point reading pauses once for this long, so that the sender sees backpressure.
    std::uint64_t stallAfter = never;
    std::chrono::milliseconds stallFor{0}; ///< 0: until FaultProxy::release()
    /// From this point on bytes are read and discarded: the sender notices nothing.
    std::uint64_t dropAfter = never;
    /// Pieces of this many bytes, each in its own write, one per turn of the loop; 1: byte by byte. 0:
    /// unchanged.
    std::size_t pieces = 0;
};

/// The faults of one connection.
struct ConnectionFaults
{
    DirectionFaults toServer;
    DirectionFaults toClient;
    bool refused = false; ///< reset as soon as it is accepted; the server never sees it
    std::chrono::milliseconds lifetime{0}; ///< reset after that time in any case; 0: never
};

/// Returns the faults of the connection with that number, counted from 0 in order of acceptance. Called on
/// the proxy's thread; must not call the proxy.
using Planner = std::function<ConnectionFaults(std::uint64_t number)>;

/// Probabilities of faults, in percent of connections, and their bounds.
struct FaultMix
{
    unsigned refused = 5;
    unsigned cut = 70; ///< in either direction, by a reset or an orderly end
    std::uint64_t cutWithin = 6000; ///< bytes; short connections are more likely than long ones
    unsigned stall = 10;
    std::chrono::milliseconds longestStall{40};
    unsigned drop = 10; ///< in one direction; such a connection lives no longer than longestDrop
    std::chrono::milliseconds longestDrop{120};
    unsigned trickle = 15; ///< in pieces of 1 to 7 bytes
};

/// The same faults for the same seed and number.
Planner seededFaults(std::uint64_t seed, const FaultMix &mix);

} // namespace rookery::faults
