// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/clientid.h"

namespace rookery::bench {

namespace {

/// SplitMix64: its output for neighbouring inputs has nothing in common that could be seen.
std::uint64_t mixed(std::uint64_t value)
{
    value += 0x9e3779b97f4a7c15;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

} // namespace

ClientId::ClientId(
    ClientIds kind, std::uint32_t run, std::uint32_t stream, std::uint32_t number, std::int64_t unixMs)
{
    const std::uint64_t seed = std::uint64_t(stream) << 32 | number;
    std::uint64_t high = mixed(seed ^ mixed(run));
    std::uint64_t low = mixed(high + seed);
    const bool ordered = kind == ClientIds::Ordered;
    // RFC 9562: sections 5.4 and 5.7 for the versions, 4.1 for the variant.
    if (ordered)
        high = std::uint64_t(unixMs) << 16 | (high & 0xffff);
    high = (high & ~std::uint64_t(0xf000)) | (ordered ? 0x7000 : 0x4000);
    low = (low & (~std::uint64_t(0) >> 2)) | std::uint64_t(1) << 63;

    static constexpr char digits[] = "0123456789abcdef";
    std::size_t at = 0;
    for (int i = 0; i < 32; ++i) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            m_text[at++] = '-';
        const std::uint64_t half = i < 16 ? high : low;
        m_text[at++] = digits[half >> (60 - 4 * (i % 16)) & 0xf];
    }
}

} // namespace rookery::bench
