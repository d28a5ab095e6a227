// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace rookery::bench {

using namespace load;

namespace {

/// Values below it have a bucket each; above, every doubling is cut into half as many.
constexpr int precisionBits = 8;
constexpr std::size_t exact = std::size_t(1) << precisionBits;
constexpr std::size_t perDoubling = exact / 2;
constexpr std::size_t doublings = 63 - precisionBits;
constexpr std::size_t bucketCount = exact + doublings * perDoubling;

} // namespace

Histogram::Histogram()
    : m_buckets(bucketCount, 0)
{ }

std::size_t Histogram::bucketOf(Nanos value)
{
    const auto positive = std::uint64_t(std::max<Nanos>(0, value));
    if (positive < exact)
        return std::size_t(positive);
    const int shift = int(std::bit_width(positive)) - precisionBits;
    // The shifted value lies in [exact / 2, exact).
    return exact + std::size_t(shift - 1) * perDoubling + (std::size_t(positive >> shift) - perDoubling);
}

Nanos Histogram::endOf(std::size_t bucket)
{
    if (bucket < exact)
        return Nanos(bucket);
    const std::size_t above = bucket - exact;
    const int shift = int(above / perDoubling) + 1;
    const std::uint64_t first = std::uint64_t(above % perDoubling + perDoubling) << shift;
    return Nanos(first + (std::uint64_t(1) << shift) - 1);
}

void Histogram::record(Nanos value)
{
    value = std::max<Nanos>(0, value);
    ++m_buckets[bucketOf(value)];
    m_min = m_count == 0 ? value : std::min(m_min, value);
    m_max = std::max(m_max, value);
    m_sum += double(value);
    ++m_count;
}

void Histogram::merge(const Histogram &other)
{
    if (other.m_count == 0)
        return;
    for (std::size_t i = 0; i < bucketCount; ++i)
        m_buckets[i] += other.m_buckets[i];
    m_min = m_count == 0 ? other.m_min : std::min(m_min, other.m_min);
    m_max = std::max(m_max, other.m_max);
    m_sum += other.m_sum;
    m_count += other.m_count;
}

void Histogram::clear()
{
    *this = Histogram();
}

Nanos Histogram::percentile(double percent) const
{
    if (m_count == 0)
        return 0;
    const double share = std::clamp(percent, 0.0, 100.0) / 100.0;
    const auto wanted = std::max<std::uint64_t>(1, std::uint64_t(std::ceil(share * double(m_count))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < bucketCount; ++i) {
        seen += m_buckets[i];
        if (seen >= wanted)
            return std::min(endOf(i), m_max);
    }
    return m_max;
}

} // namespace rookery::bench
