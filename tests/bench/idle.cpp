// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"
#include "tests/bench/procstats.h"

namespace rookery::bench {

using namespace load;

namespace {

/// Opened before memory is first read and kept, so that what the server makes once is not charged to the
/// others.
constexpr int warmUpSockets = 50;

procstats::Memory memoryOf(const std::vector<pid_t> &pids)
{
    procstats::Memory sum;
    for (const pid_t pid : pids) {
        const auto memory = procstats::memory(pid);
        if (!memory)
            throw Failure(QStringLiteral("The process %1 is gone, or its memory may not be read.").arg(pid));
        sum.resident += memory->resident;
        sum.privateResident += memory->privateResident;
    }
    return sum;
}

} // namespace

Report runIdle(const Options &options)
{
    Bench bench(options, options.connections + warmUpSockets, options.connections);
    if (bench.pids().empty())
        throw Failure(QStringLiteral("idle reads the server's memory: give its --pid."));
    const auto rooms = options.dialect == Dialect::Room ? bench.openRooms(options.dialect, options.rooms)
                                                        : std::vector<std::string>();
    // Hashing passwords has left memory behind that the sockets would move into unseen.
    bench.restartServer();
    Crew &crew = bench.crew();

    Gathering sockets(crew, bench.endpoints());
    for (int i = 0; i < warmUpSockets; ++i)
        sockets.add(bench.seat(options.dialect, rooms, std::size_t(i)));
    sockets.open(options.concurrency);
    crew.pass(options.settle);
    const procstats::Memory before = memoryOf(bench.pids());

    progress(QStringLiteral("opening %1 sockets").arg(options.connections));
    for (int i = 0; i < options.connections; ++i)
        sockets.add(bench.seat(options.dialect, rooms, std::size_t(i)));
    sockets.open(options.concurrency);
    crew.pass(options.settle);
    const procstats::Memory after = memoryOf(bench.pids());

    progress(QStringLiteral("watching them for %1 s").arg(options.seconds));
    const std::uint64_t pingsBefore = sockets.pings();
    Meter meter = bench.meter();
    meter.start();
    crew.pass(options.seconds);
    const Usage usage = meter.stop();
    const double pings = double(sockets.pings() - pingsBefore);
    const procstats::Memory later = memoryOf(bench.pids());

    const auto each = [&](std::int64_t bytes) { return double(bytes) / 1024 / options.connections; };
    Report report;
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("connections"), options.connections);
    json.insert(QStringLiteral("path"), options.path);
    json.insert(QStringLiteral("tls"), bench.endpoint().tls() != nullptr);
    json.insert(QStringLiteral("rss_kib_per_connection"), each(after.resident - before.resident));
    json.insert(
        QStringLiteral("private_kib_per_connection"), each(after.privateResident - before.privateResident));
    json.insert(QStringLiteral("rss_kib_per_connection_later"), each(later.resident - before.resident));
    json.insert(QStringLiteral("rss_mib_before"), double(before.resident) / 1024 / 1024);
    json.insert(QStringLiteral("rss_mib"), double(after.resident) / 1024 / 1024);
    json.insert(QStringLiteral("seconds"), usage.seconds);
    json.insert(QStringLiteral("pings"), pings);
    json.insert(QStringLiteral("idle_cpu_percent"), usage.serverPercent());
    json.insert(QStringLiteral("load_cpu_percent"), 100 * usage.loadGenerator / usage.seconds);
    report.line =
        QStringLiteral("%1 idle sockets on %2%3: %4 KiB RSS each (%5 private), %6 % of a core over %7 s "
                       "with %8 pings")
            .arg(options.connections)
            .arg(options.path, bench.endpoint().tls() ? QStringLiteral(" over TLS") : QString(),
                numberText(each(after.resident - before.resident)),
                numberText(each(after.privateResident - before.privateResident)),
                numberText(usage.serverPercent()), numberText(usage.seconds), numberText(pings));
    return report;
}

} // namespace rookery::bench
