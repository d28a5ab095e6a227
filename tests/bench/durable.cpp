// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bareappend.h"
#include "tests/bench/bench.h"
#include "tests/bench/readback.h"

namespace rookery::bench {

using namespace load;

namespace {

/// Beside what the bare append function reaches, with as many messages in each call as the nodes have put into one.
void compareWithFunction(
    Report &report, const Backing &backing, const Options &options, double perSecond, double batch)
{
    const int rows = std::max(1, qRound(batch));
    progress(QStringLiteral("calling the append function for %1 s, %2 rows at a time")
                 .arg(options.seconds)
                 .arg(rows));
    const BareAppend bare = measureBareAppend(backing, rows, options.size, options.seconds);
    report.json.insert(QStringLiteral("batch"), batch);
    report.json.insert(QStringLiteral("function_per_second"), bare.rowsPerSecond);
    report.json.insert(QStringLiteral("function_storage_cpu_us"), bare.storageCpu);
    report.json.insert(QStringLiteral("ratio_to_function"), perSecond / bare.rowsPerSecond);
    report.line += QStringLiteral("; %1 in each commit; the append function alone: %2/s, ratio %3")
                       .arg(batch, 0, 'f', 1)
                       .arg(numberText(bare.rowsPerSecond))
                       .arg(perSecond / bare.rowsPerSecond, 0, 'f', 2);
}

} // namespace

Report runDurable(const Options &options)
{
    Bench bench(options, options.senders, options.senders);
    Crew &crew = bench.crew();
    const auto rooms = bench.openRooms(Dialect::Native, std::min(options.rooms, options.senders));
    AckSink::Work work;
    work.run = bench.run();
    work.size = std::size_t(options.size);
    work.inFlight = options.inFlight;
    work.clientIds = options.clientIds == QLatin1String("v4") ? ClientIds::Random : ClientIds::Ordered;

    std::vector<std::unique_ptr<AckSink>> sinks;
    std::vector<const AckSink *> readOnly;
    Gathering senders(crew, bench.endpoints());
    for (int i = 0; i < crew.size(); ++i) {
        sinks.push_back(std::make_unique<AckSink>(work, crew.failures()));
        readOnly.push_back(sinks.back().get());
        senders.flock(i).setSink(sinks.back().get());
    }
    for (int i = 0; i < options.senders; ++i)
        senders.add(bench.seat(Dialect::Native, rooms, std::size_t(i))).stream = std::uint32_t(i);
    progress(QStringLiteral("opening %1 sockets in %2 rooms").arg(options.senders).arg(rooms.size()));
    senders.open(options.concurrency);

    const auto sum = [&sinks](auto read) {
        std::uint64_t total = 0;
        for (const auto &sink : sinks)
            total += read(*sink);
        return total;
    };
    const auto sent = [&] { return sum([](const AckSink &sink) { return sink.sent(); }); };
    const auto acknowledged = [&] { return sum([](const AckSink &sink) { return sink.acknowledged(); }); };
    crew.onAll([&](int worker) {
        for (std::size_t i = 0; i < senders.flock(worker).size(); ++i)
            sinks[std::size_t(worker)]->start(senders.flock(worker).session(i));
    });
    crew.pass(options.warmUp);

    progress(QStringLiteral("measuring for %1 s").arg(options.seconds));
    Meter meter = bench.meter();
    const auto counters = [&bench] {
        return bench.backing() ? bench.backing()->counters() : Backing::Counters();
    };
    const Backing::Counters countersBefore = counters();
    const std::uint64_t before = acknowledged();
    meter.start();
    for (const auto &sink : sinks)
        sink->setMeasuring(true);
    crew.pass(options.seconds);
    const Usage usage = meter.stop();
    const double measured = double(acknowledged() - before);
    const Backing::Counters countersAfter = counters();
    for (const auto &sink : sinks)
        sink->finish();
    crew.barrier();
    if (!crew.reaches(acknowledged, sent()))
        throw Failure(QStringLiteral("%1 messages were not acknowledged.").arg(sent() - acknowledged()));
    crew.barrier();
    senders.close();

    progress(QStringLiteral("reading %1 messages back").arg(acknowledged()));
    const ReadBack history = readBack(bench.endpoint(), bench.token(0), rooms, work, readOnly);
    Histogram times;
    for (const auto &sink : sinks)
        times.merge(sink->times());

    Report report;
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("senders"), options.senders);
    json.insert(QStringLiteral("rooms"), qint64(rooms.size()));
    json.insert(QStringLiteral("in_flight"), options.inFlight);
    json.insert(QStringLiteral("size"), options.size);
    json.insert(QStringLiteral("client_ids"), options.clientIds);
    json.insert(QStringLiteral("seconds"), usage.seconds);
    json.insert(QStringLiteral("acks"), measured);
    json.insert(QStringLiteral("acks_per_second"), measured / usage.seconds);
    json.insert(QStringLiteral("checked"), double(history.found));
    json.insert(QStringLiteral("lost"), double(history.lost));
    json.insert(QStringLiteral("duplicates"), double(history.duplicates));
    json.insert(QStringLiteral("misplaced"), double(history.misplaced));
    json.insert(QStringLiteral("filesystem"), bench.filesystem());
    addTimes(json, times);
    meter.report(json, usage, QStringLiteral("ack"), measured);
    report.line =
        QStringLiteral("%1 senders with %2 in flight: %3 durable acks/s, %4; %5; %6 read back")
            .arg(options.senders)
            .arg(options.inFlight)
            .arg(numberText(measured / usage.seconds), cpuText(json, QStringLiteral("ack")), timesText(times))
            .arg(history.found);
    if (bench.backing()) {
        const auto perAck = [measured](double from, double to) { return (to - from) / measured; };
        json.insert(
            QStringLiteral("wal_bytes_per_ack"), perAck(countersBefore.walBytes, countersAfter.walBytes));
        json.insert(QStringLiteral("disk_bytes_per_ack"),
            perAck(countersBefore.databaseBytes, countersAfter.databaseBytes));
        const double calls = std::max(1.0, countersAfter.appends - countersBefore.appends);
        compareWithFunction(report, *bench.backing(), options, measured / usage.seconds, measured / calls);
    }
    report.fault = history.fault();
    return report;
}

} // namespace rookery::bench
