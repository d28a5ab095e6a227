// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/deliverysink.h"
#include "tests/bench/meter.h"
#include "tests/bench/report.h"

#include <vector>

namespace rookery::bench {

/// The counts of all workers' sinks, for the main thread.
class DeliveryTally
{
public:
    void add(DeliverySink *sink) { m_sinks.push_back(sink); }

    std::uint64_t deliveries() const;
    void setMeasuring(bool measuring);
    /// Waits until `wanted` deliveries have arrived, or none has for the crew's patience.
    void drain(load::Crew &crew, std::uint64_t wanted) const;

    /// Call these when the workers are idle.
    Histogram times() const;
    /// Adds to the report: `measured` deliveries in `usage.seconds`, how many were checked in all, and the
    /// errors. The report fails if there were any.
    void conclude(Report &report, const Usage &usage, double measured, std::uint64_t wanted) const;

private:
    std::vector<DeliverySink *> m_sinks;
};

} // namespace rookery::bench
