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
    Finish, ///< both sides see an orderly end in the middle of whatever it is
};

/// What happens to the bytes of one direction. Counts are bytes that have come from that direction's sender.
struct DirectionFaults
{
    static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

    /// Exactly so many bytes reach the other side, then both directions are cut.
    std::uint64_t cutAfter = never;
    Cut cut = Cut::Reset;
    /// From then on nothing is read for that time, once, so that the sender feels backpressure.
    std::uint64_t stallAfter = never;
    std::chrono::milliseconds stallFor{0}; ///< 0: until FaultProxy::release()
    /// From then on bytes are read and thrown away: the sender believes that all is well.
    std::uint64_t dropAfter = never;
    /// So many bytes at once, each piece in a write of its own and a turn of the loop after the last; 1: byte
    /// by byte. 0: as they come.
    std::size_t pieces = 0;
};

/// What happens to one connection.
struct ConnectionFaults
{
    DirectionFaults toServer;
    DirectionFaults toClient;
    bool refused = false; ///< reset as soon as it is accepted; the server never hears of it
    std::chrono::milliseconds lifetime{0}; ///< is reset after that time whatever happens; 0: never
};

/// Says what happens to the connection of that number, counted from 0 in order of acceptance. Is called on
/// the proxy's thread and must not call the proxy.
using Planner = std::function<ConnectionFaults(std::uint64_t number)>;

/// How often what happens, in percent of connections, and within which bounds.
struct FaultMix
{
    unsigned refused = 5;
    unsigned cut = 70; ///< in either direction, by reset or by an orderly end
    std::uint64_t cutWithin = 6000; ///< bytes; short lives are likelier than long ones
    unsigned stall = 10;
    std::chrono::milliseconds longestStall{40};
    unsigned drop = 10; ///< of one direction; such a connection lives no longer than longestDrop
    std::chrono::milliseconds longestDrop{120};
    unsigned trickle = 15; ///< in pieces of 1 to 7 bytes
};

/// The same faults for the same seed and number.
Planner seededFaults(std::uint64_t seed, const FaultMix &mix);

} // namespace rookery::faults
