// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/crew.h"

#include <QJsonObject>

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace rookery::bench {

/// What the server's processes and the load generator have used between two readings.
struct Usage
{
    double seconds = 0;
    std::vector<double> processes; ///< CPU seconds of each of the server's, in the order of their pids
    double server = 0; ///< their sum
    std::map<std::string, double> threads; ///< of these, by the kinds of threads in all of them
    double loadGenerator = 0; ///< CPU seconds of all its threads
    double busiestThread = 0; ///< CPU seconds of its busiest one: near to `seconds`, it is the bottleneck
    bool hasServer = false; ///< whether the server's processes are known

    double serverPercent() const { return 100 * server / seconds; }
};

/// Reads the CPU clocks of the server's processes and of the load generator.
class Meter
{
public:
    Meter(const Crew &crew, std::vector<pid_t> pids);

    void start();
    /// Since start(). Throws Failure where a process of the server's is gone.
    Usage stop() const;

    /// Adds what every command reports of CPU: per unit in µs, per process too where there are several.
    /// `unit` is as in cpu_us_per_UNIT; `count` is how many there were.
    void report(QJsonObject &json, const Usage &usage, const QString &unit, double count) const;

private:
    struct Reading
    {
        Nanos at = 0;
        std::vector<Nanos> processes;
        std::map<std::string, Nanos> threads;
        std::vector<Nanos> workers;
        Nanos own = 0;
    };
    Reading read() const;

    const Crew &m_crew;
    std::vector<pid_t> m_pids;
    Reading m_start;
};

} // namespace rookery::bench
