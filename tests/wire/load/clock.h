// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <ctime>

namespace rookery::load {

/// Nanoseconds of CLOCK_MONOTONIC, used by all threads and timers of the load generator.
using Nanos = std::int64_t;

constexpr Nanos microsecond = 1'000;
constexpr Nanos millisecond = 1'000'000;
constexpr Nanos second = 1'000'000'000;

inline Nanos toNanos(const timespec &time)
{
    return Nanos(time.tv_sec) * second + time.tv_nsec;
}

inline Nanos now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return toNanos(time);
}

} // namespace rookery::load
