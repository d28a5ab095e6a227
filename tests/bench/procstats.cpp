// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/procstats.h"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace rookery::bench::procstats {

using namespace load;

namespace {

std::string readProc(pid_t pid, const char *file)
{
    std::ifstream stream("/proc/" + std::to_string(pid) + '/' + file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

std::optional<std::int64_t> number(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end == text.data())
        return std::nullopt;
    return value;
}

} // namespace

std::optional<std::int64_t> ticksOfStat(std::string_view stat)
{
    const auto nameEnd = stat.rfind(')');
    if (nameEnd == std::string_view::npos)
        return std::nullopt;
    std::string_view rest = stat.substr(nameEnd + 1);
    // After the name comes field 3, the state; utime and stime are 14 and 15 (proc(5)).
    constexpr int utime = 14;
    constexpr int stime = 15;
    std::int64_t ticks = 0;
    for (int field = 3; field <= stime; ++field) {
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        const auto value = rest.substr(0, rest.find(' '));
        if (field >= utime) {
            const auto count = number(value);
            if (!count)
                return std::nullopt;
            ticks += *count;
        }
        rest.remove_prefix(value.size());
    }
    return ticks;
}

std::optional<std::int64_t> bytesOfField(std::string_view text, std::string_view field)
{
    constexpr std::int64_t kibi = 1024;
    std::optional<std::int64_t> sum;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.starts_with(field) || line.substr(field.size(), 1) != ":")
            continue;
        line.remove_prefix(field.size() + 1);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (const auto value = number(line))
            sum = sum.value_or(0) + *value * kibi;
    }
    return sum;
}

std::optional<Nanos> cpuTime(pid_t pid)
{
    clockid_t clock = 0;
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) == 0 && ::clock_gettime(clock, &time) == 0)
        return toNanos(time);
    const auto ticks = ticksOfStat(readProc(pid, "stat"));
    if (!ticks)
        return std::nullopt;
    return *ticks * (second / ::sysconf(_SC_CLK_TCK));
}

std::string_view kindOfThread(std::string_view name)
{
    const auto end = name.find_last_not_of("0123456789");
    if (end == std::string_view::npos || end + 1 == name.size())
        return name;
    const auto kind = name.substr(0, name[end] == '-' ? end : end + 1);
    return kind.empty() ? name : kind;
}

std::map<std::string, Nanos> threadTimes(pid_t pid)
{
    std::map<std::string, Nanos> times;
    std::error_code gone;
    const std::filesystem::path tasks("/proc/" + std::to_string(pid) + "/task");
    for (const auto &task : std::filesystem::directory_iterator(tasks, gone)) {
        std::string name;
        std::int64_t ran = 0;
        // The first number is the time spent on a CPU, in nanoseconds.
        if (std::getline(std::ifstream(task.path() / "comm"), name)
            && std::ifstream(task.path() / "schedstat") >> ran)
            times[std::string(kindOfThread(name))] += ran;
    }
    return times;
}

std::optional<Memory> memory(pid_t pid)
{
    const auto resident = bytesOfField(readProc(pid, "status"), "VmRSS");
    if (!resident)
        return std::nullopt;
    const std::string rollup = readProc(pid, "smaps_rollup");
    Memory memory;
    memory.resident = *resident;
    memory.privateResident =
        bytesOfField(rollup, "Private_Clean").value_or(0) + bytesOfField(rollup, "Private_Dirty").value_or(0);
    return memory;
}

std::string name(pid_t pid)
{
    std::string name = readProc(pid, "comm");
    if (name.ends_with('\n'))
        name.pop_back();
    return name;
}

bool isAlive(pid_t pid)
{
    return ::kill(pid, 0) == 0 || errno == EPERM;
}

} // namespace rookery::bench::procstats
