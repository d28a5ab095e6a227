// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/deliverysink.h"
#include "tests/bench/meter.h"
#include "tests/bench/report.h"

#include <vector>

namespace rookery::bench {

/// What the sinks of all workers have counted, for the main thread.
class DeliveryTally
{
public:
    void add(DeliverySink *sink) { m_sinks.push_back(sink); }

    std::uint64_t deliveries() const;
    void setMeasuring(bool measuring);
    /// Waits until `wanted` deliveries have come, or until none comes any more for the crew's patience.
    void drain(Crew &crew, std::uint64_t wanted) const;

    /// For when the workers are at rest.
    Histogram times() const;
    /// Puts `measured` deliveries in `usage.seconds`, how many were checked in all, and what was wrong with
    /// them into the report, which fails where anything was.
    void conclude(Report &report, const Usage &usage, double measured, std::uint64_t wanted) const;

private:
    std::vector<DeliverySink *> m_sinks;
};

} // namespace rookery::bench
