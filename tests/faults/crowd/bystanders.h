// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/bench.h"
#include "tests/bench/histogram.h"
#include "tests/faults/crowd/others.h"

#include <functional>
#include <string>
#include <vector>

namespace rookery::faults {

/// A hundred clients that are not the target of a fault: readers of one room on the crew's first worker, and their
/// latency. For the main thread.
class Bystanders
{
public:
    static constexpr int count = 100;

    /// Throws Failure.
    Bystanders(bench::Bench &bench, const std::vector<std::string> &rooms);
    ~Bystanders();
    Bystanders(const Bystanders &) = delete;
    Bystanders &operator=(const Bystanders &) = delete;

    /// Opens all.
    void open();
    /// The first one begins to send, and latencies are recorded.
    void start();
    /// Waits; returns the latencies meanwhile. Calls `look` every quarter of a second.
    bench::Histogram pass(double seconds, const std::function<void()> &look = {});
    /// The latencies since start() or the last call.
    bench::Histogram takeTimes();
    /// Stops sending.
    void stop();
    /// After stop(): throws Failure if one of them misses a message.
    void checkComplete();

    std::uint32_t sent() const { return m_sink.sent(); }
    std::uint64_t deliveries() const { return m_sink.deliveries(); }

private:
    load::Crew &m_crew;
    Others m_sink;
    bench::Gathering m_readers;
};

} // namespace rookery::faults
