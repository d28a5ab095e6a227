// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/deliverytally.h"

#include <algorithm>

namespace rookery::bench {

using namespace load;

std::uint64_t DeliveryTally::deliveries() const
{
    std::uint64_t sum = 0;
    for (const DeliverySink *sink : m_sinks)
        sum += sink->deliveries();
    return sum;
}

void DeliveryTally::setMeasuring(bool measuring)
{
    for (DeliverySink *sink : m_sinks)
        sink->setMeasuring(measuring);
}

void DeliveryTally::drain(Crew &crew, std::uint64_t wanted) const
{
    // Those that do not come are counted as lost afterwards.
    crew.reaches([this] { return deliveries(); }, wanted);
    crew.barrier();
}

Histogram DeliveryTally::times() const
{
    Histogram all;
    for (const DeliverySink *sink : m_sinks)
        all.merge(sink->times());
    return all;
}

void DeliveryTally::conclude(Report &report, const Usage &usage, double measured, std::uint64_t wanted) const
{
    if (measured == 0)
        throw Failure(QStringLiteral("Nothing was delivered: the server does not echo what is sent."));
    std::uint64_t duplicates = 0;
    std::uint64_t reads = 0;
    for (const DeliverySink *sink : m_sinks) {
        duplicates += sink->duplicates();
        reads += sink->reads();
    }
    const std::uint64_t lost = wanted - std::min(wanted, deliveries());
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("seconds"), usage.seconds);
    json.insert(QStringLiteral("deliveries"), measured);
    json.insert(QStringLiteral("deliveries_per_second"), measured / usage.seconds);
    json.insert(QStringLiteral("deliveries_per_read"), double(deliveries()) / double(reads));
    json.insert(QStringLiteral("checked"), double(deliveries()));
    json.insert(QStringLiteral("lost"), double(lost));
    json.insert(QStringLiteral("duplicates"), double(duplicates));
    if (lost > 0 || duplicates > 0)
        report.fault =
            QStringLiteral("%1 deliveries are missing, %2 came twice or late").arg(lost).arg(duplicates);
}

} // namespace rookery::bench
