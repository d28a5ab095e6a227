// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace simulation {

/// Numbers that are the same for the same seed, whatever the machine and the library: SplitMix64.
class Random
{
public:
    explicit Random(quint64 seed)
        : m_state(seed)
    { }

    quint64 next()
    {
        quint64 z = (m_state += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// From 0 to `bound` - 1.
    int below(int bound) { return int(next() % quint64(bound)); }
    /// From `least` to `most`, both included.
    qint64 between(qint64 least, qint64 most) { return least + qint64(next() % quint64(most - least + 1)); }
    bool chance(int permille) { return below(1000) < permille; }

private:
    quint64 m_state;
};

} // namespace simulation
