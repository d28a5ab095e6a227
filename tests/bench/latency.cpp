// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"
#include "tests/bench/roomswork.h"

namespace rookery::bench {

Report runLatency(const Options &options)
{
    // A sender and a listener in each room.
    const int connections = 2 * options.senders;
    Bench bench(options, connections, connections);
    const auto rooms = bench.openRooms(options.dialect, options.senders);
    RoomsOutcome outcome = measureRooms(bench, {connections, rooms, options.rate / options.senders, false});
    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("senders"), options.senders);
    json.insert(QStringLiteral("rate"), options.rate);
    outcome.report.line =
        QStringLiteral("%1 sends/s from %2 sockets, to the durable delivery at another socket: %3; %4")
            .arg(numberText(json.value(QLatin1String("sent_per_second")).toDouble()))
            .arg(options.senders)
            .arg(timesText(outcome.times), cpuText(json, QStringLiteral("delivery")));
    return outcome.report;
}

} // namespace rookery::bench
