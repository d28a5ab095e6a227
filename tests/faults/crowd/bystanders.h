// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/bench.h"
#include "tests/bench/histogram.h"
#include "tests/faults/crowd/others.h"

#include <functional>
#include <string>
#include <vector>

namespace rookery::faults {

/// The hundred whom a fault is to leave in peace: readers of one room on the crew's first worker, and what
/// they are told late. For the main thread.
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
    /// The first one begins to speak, and times are taken.
    void start();
    /// Lets time pass; what they were told late meanwhile. Calls `look` every quarter of a second.
    bench::Histogram pass(double seconds, const std::function<void()> &look = {});
    /// The times since start() or since they were taken last.
    bench::Histogram takeTimes();
    /// Nothing more is said.
    void stop();
    /// Once stopped: throws Failure where one of them misses a message.
    void checkComplete();

    std::uint32_t sent() const { return m_sink.sent(); }
    std::uint64_t deliveries() const { return m_sink.deliveries(); }

private:
    bench::Crew &m_crew;
    Others m_sink;
    bench::Gathering m_readers;
};

} // namespace rookery::faults
