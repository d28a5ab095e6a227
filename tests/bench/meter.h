// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/crew.h"

#include <QJsonObject>

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace rookery::bench {

/// The CPU used by the server's processes and the load generator between two readings.
struct Usage
{
    double seconds = 0;
    std::vector<double> processes; ///< CPU seconds of each server process, in the order of their pids
    double server = 0; ///< their sum
    double storage = 0; ///< CPU seconds of the processes that serve the servers: PostgreSQL, Redis
    std::map<std::string, double> threads; ///< of these, by the kinds of threads in all processes
    double loadGenerator = 0; ///< CPU seconds of all its threads
    double busiestThread = 0; ///< CPU seconds of its busiest one; close to `seconds`: it is the bottleneck
    bool hasServer = false; ///< whether the server's processes are known

    double serverPercent() const { return 100 * server / seconds; }
};

/// Reads the CPU clocks of the server's processes and of the load generator.
class Meter
{
public:
    /// `storage`: see Usage::storage; those that end meanwhile are not counted.
    Meter(const load::Crew &crew, std::vector<pid_t> pids, std::vector<pid_t> storage = {});

    void start();
    /// Since start(). Throws Failure if a process of the server is gone.
    Usage stop() const;

    /// Adds the CPU figures that every command reports: per unit in µs, and per process if there are several.
    /// `unit` is as in cpu_us_per_UNIT; `count` is the number of units.
    void report(QJsonObject &json, const Usage &usage, const QString &unit, double count) const;

private:
    struct Reading
    {
        load::Nanos at = 0;
        std::vector<load::Nanos> processes;
        load::Nanos storage = 0;
        std::map<std::string, load::Nanos> threads;
        std::vector<load::Nanos> workers;
        load::Nanos own = 0;
    };
    Reading read() const;

    const load::Crew &m_crew;
    std::vector<pid_t> m_pids;
    std::vector<pid_t> m_storage;
    Reading m_start;
};

} // namespace rookery::bench
