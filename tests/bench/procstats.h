// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clock.h"

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rookery::bench {

/// Process figures from /proc and the CPU clock. Each is empty if there is no such process or it belongs to
/// another user.
namespace procstats {

/// User and system time in nanoseconds of all its threads, ended ones included. From the process's CPU clock
/// (clock_getcpuclockid), which is exact; utime and stime of /proc/PID/stat count in ticks of 10 ms and are
/// the fallback.
std::optional<load::Nanos> cpuTime(pid_t pid);

/// The CPU time of its threads by name; names that differ only in a number at the end are added up (io-0,
/// io-1: io). Without threads that have ended.
std::map<std::string, load::Nanos> threadTimes(pid_t pid);

/// Bytes.
struct Memory
{
    std::int64_t resident = 0; ///< VmRSS of /proc/PID/status
    /// Private_Clean and Private_Dirty of smaps_rollup: without memory shared with other processes, program
    /// code above all. 0 if it cannot be read.
    std::int64_t privateResident = 0;
};
std::optional<Memory> memory(pid_t pid);

/// The program's short name.
std::string name(pid_t pid);
bool isAlive(pid_t pid);

// The parsers, separate so that they can be tested.

/// utime + stime in ticks of a /proc/PID/stat line, whose second field may itself contain spaces and
/// brackets.
std::optional<std::int64_t> ticksOfStat(std::string_view stat);
/// A thread's name without the number at its end.
std::string_view kindOfThread(std::string_view name);
/// The sum of the lines `Name:   123 kB` of /proc/PID/status or smaps_rollup, in bytes.
std::optional<std::int64_t> bytesOfField(std::string_view text, std::string_view field);

} // namespace procstats

} // namespace rookery::bench
