// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace rookery::faults {

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same numbers with every compiler and
/// library, which the standard distributions do not guarantee. Not for secrets.
class Random
{
public:
    explicit Random(std::uint64_t seed)
        : m_state(seed)
    { }
    /// Independent of Random(seed) and of every other stream of that seed.
    Random(std::uint64_t seed, std::uint64_t stream)
        : m_state(Random(seed ^ Random(stream).next()).next())
    { }

    std::uint64_t next()
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    /// 0 … bound - 1; 0 for a bound of 0.
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
    bool chance(unsigned percent) { return below(100) < percent; }

private:
    std::uint64_t m_state;
};

} // namespace rookery::faults
