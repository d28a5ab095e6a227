// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/clock.h"

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rookery::bench {

/// What Linux tells about a process in /proc and by its CPU clock. Each is empty where there is no such
/// process or it is somebody else's.
namespace procstats {

/// User and system time in nanoseconds of all its threads, those that have ended included. From the process's
/// CPU clock (clock_getcpuclockid), which is exact; utime and stime of /proc/PID/stat count in ticks of 10 ms
/// and are taken only where that clock cannot be read.
std::optional<Nanos> cpuTime(pid_t pid);

/// The CPU time of its threads by their names, those that differ only in a number at the end together (io-0,
/// io-1: io). Without threads that have ended.
std::map<std::string, Nanos> threadTimes(pid_t pid);

/// Bytes.
struct Memory
{
    std::int64_t resident = 0; ///< VmRSS of /proc/PID/status
    /// Private_Clean and Private_Dirty of smaps_rollup: without what it shares with others, program code
    /// above all. 0 where it may not be read.
    std::int64_t privateResident = 0;
};
std::optional<Memory> memory(pid_t pid);

/// The program's short name.
std::string name(pid_t pid);
bool isAlive(pid_t pid);

// The parsers, apart so that they can be tested.

/// utime + stime in ticks of a /proc/PID/stat line, whose second field may itself hold blanks and brackets.
std::optional<std::int64_t> ticksOfStat(std::string_view stat);
/// A thread's name without the number at its end.
std::string_view kindOfThread(std::string_view name);
/// The sum of the lines `Name:   123 kB` of /proc/PID/status or smaps_rollup, in bytes.
std::optional<std::int64_t> bytesOfField(std::string_view text, std::string_view field);

} // namespace procstats

} // namespace rookery::bench
