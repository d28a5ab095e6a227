// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"
#include "tests/bench/roomswork.h"

namespace rookery::bench {

using namespace load;

namespace {

/// Between the two runs of --growth, for the server to be done with the sockets that left.
constexpr double pauseSeconds = 2;
constexpr int growthFactor = 10;

RoomsOutcome measure(Bench &bench, int connections, const std::vector<std::string> &rooms, double rate)
{
    RoomsOutcome outcome = measureRooms(bench, {connections, rooms, rate, true});
    QJsonObject &json = outcome.report.json;
    outcome.report.line = QStringLiteral("%1 sockets in %2 rooms, %3 messages/s: %4; %5")
                              .arg(connections)
                              .arg(rooms.size())
                              .arg(numberText(json.value(QLatin1String("sent_per_second")).toDouble()),
                                  cpuText(json, QStringLiteral("delivery")), timesText(outcome.times));
    return outcome;
}

} // namespace

Report runRooms(const Options &options)
{
    if (options.rooms > options.connections)
        throw Failure(QStringLiteral("There are fewer --connections than --rooms."));
    Bench bench(options, options.connections, options.connections);
    const auto rooms = bench.openRooms(options.dialect, options.rooms);
    if (!options.growth)
        return measure(bench, options.connections, rooms, options.rate).report;

    const int fewer = options.connections / growthFactor;
    const int fewerRooms = options.rooms / growthFactor;
    if (fewerRooms < 1 || fewer < fewerRooms)
        throw Failure(QStringLiteral("--growth needs at least %1 rooms.").arg(growthFactor));
    if (bench.pids().empty())
        throw Failure(QStringLiteral("--growth compares CPU times: give the server's --pid."));
    const std::vector<std::string> some(rooms.begin(), rooms.begin() + fewerRooms);
    // The same number of messages in all, so that only the number of sockets differs.
    const RoomsOutcome small =
        measure(bench, fewer, some, options.rate * double(options.rooms) / double(fewerRooms));
    progress(small.report.line);
    bench.crew().pass(pauseSeconds);
    RoomsOutcome large = measure(bench, options.connections, rooms, options.rate);
    const double percent = 100 * (large.cpuPerDelivery / small.cpuPerDelivery - 1);
    large.report.json.insert(QStringLiteral("growth_percent"), percent);
    large.report.json.insert(QStringLiteral("small"), small.report.json);
    large.report.line += QStringLiteral("; %1 % more CPU per delivery than with %2 sockets")
                             .arg(percent, 0, 'f', 1)
                             .arg(fewer);
    if (large.report.fault.isEmpty())
        large.report.fault = small.report.fault;
    return large.report;
}

} // namespace rookery::bench
