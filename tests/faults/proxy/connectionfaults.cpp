// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/proxy/connectionfaults.h"

#include "tests/faults/proxy/random.h"

namespace rookery::faults {

namespace {

constexpr std::uint64_t largestPiece = 7;

/// Below `bound`, and half of the time below an eighth of it: most can go wrong in the handshake, the hello and
/// the first frames.
std::uint64_t mostlyEarly(Random &random, std::uint64_t bound)
{
    return random.below(random.chance(50) ? bound / 8 : bound);
}

} // namespace

Planner seededFaults(std::uint64_t seed, const FaultMix &mix)
{
    return [seed, mix](std::uint64_t number) {
        Random random(seed, number);
        ConnectionFaults faults;
        faults.refused = random.chance(mix.refused);
        const auto either = [&]() -> DirectionFaults & {
            return random.chance(50) ? faults.toServer : faults.toClient;
        };
        if (random.chance(mix.cut)) {
            DirectionFaults &direction = either();
            direction.cutAfter = mostlyEarly(random, mix.cutWithin);
            direction.cut = random.chance(50) ? Cut::Reset : Cut::Finish;
        }
        if (random.chance(mix.stall)) {
            DirectionFaults &direction = either();
            direction.stallAfter = mostlyEarly(random, mix.cutWithin);
            direction.stallFor = std::chrono::milliseconds(
                1 + std::int64_t(random.below(std::uint64_t(mix.longestStall.count()))));
        }
        if (random.chance(mix.drop)) {
            either().dropAfter = mostlyEarly(random, mix.cutWithin);
            faults.lifetime = std::chrono::milliseconds(
                1 + std::int64_t(random.below(std::uint64_t(mix.longestDrop.count()))));
        }
        if (random.chance(mix.trickle))
            either().pieces = std::size_t(1 + random.below(largestPiece));
        return faults;
    };
}

} // namespace rookery::faults
