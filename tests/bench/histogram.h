// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clock.h"

#include <cstddef>
#include <vector>

namespace rookery::bench {

/// Durations from 1 ns to centuries in buckets no wider than 1/128 of their value, so that a percentile is
/// accurate to 0.8 %, in constant memory (58 KiB). Negative values count as 0. Belongs to one thread;
/// histograms of several threads are merged afterwards.
class Histogram
{
public:
    Histogram();

    void record(load::Nanos value);
    void merge(const Histogram &other);
    void clear();

    std::uint64_t count() const { return m_count; }
    load::Nanos min() const { return m_count == 0 ? 0 : m_min; }
    load::Nanos max() const { return m_max; }
    double mean() const { return m_count == 0 ? 0 : m_sum / double(m_count); }
    /// The smallest value that `percent` of all values do not exceed, rounded up to its bucket's end but
    /// never beyond max(); 0 if nothing was recorded.
    load::Nanos percentile(double percent) const;

private:
    static std::size_t bucketOf(load::Nanos value);
    static load::Nanos endOf(std::size_t bucket);

    std::vector<std::uint64_t> m_buckets;
    std::uint64_t m_count = 0;
    load::Nanos m_min = 0;
    load::Nanos m_max = 0;
    double m_sum = 0;
};

} // namespace rookery::bench
