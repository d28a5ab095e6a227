// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"

namespace rookery::bench {

using namespace load;

Report runStorm(const Options &options)
{
    Bench bench(options, options.connections, options.connections);
    const auto rooms = options.dialect == Dialect::Room ? bench.openRooms(options.dialect, options.rooms)
                                                        : std::vector<std::string>();
    bench.restartServer();
    Crew &crew = bench.crew();

    Gathering sockets(crew, bench.endpoints());
    for (int i = 0; i < crew.size(); ++i)
        sockets.flock(i).setTolerant(true);
    for (int i = 0; i < options.connections; ++i)
        // Only the handshake is measured; that it let everybody in is checked afterwards.
        sockets.add(bench.seat(options.dialect, rooms, std::size_t(i))).greets = false;

    progress(
        QStringLiteral("opening %1 sockets, %2 at once").arg(options.connections).arg(options.concurrency));
    const auto wanted = std::size_t(options.connections);
    const auto settle = [&](std::size_t goal) {
        if (!crew.reaches([&sockets] { return sockets.settled(); }, goal))
            throw Failure(QStringLiteral("%1 of %2 handshakes were not answered.")
                              .arg(goal - sockets.settled())
                              .arg(wanted));
    };
    Meter meter = bench.meter();
    const Nanos began = now();
    meter.start();
    sockets.openWithoutWaiting(options.concurrency);
    settle(wanted);
    const double seconds = double(now() - began) / double(second);
    crew.pass(settleSeconds);
    const Usage usage = meter.stop();
    const std::size_t failures = sockets.ended();
    const std::size_t opened = wanted - std::min(wanted, failures);
    const Histogram times = sockets.openingTimes();

    std::size_t verified = opened;
    if (options.dialect == Dialect::Native) {
        progress(QStringLiteral("checking that everybody was let in"));
        const std::size_t before = sockets.ready();
        sockets.greetAll(options.concurrency);
        settle(2 * wanted);
        verified = sockets.ready() - before;
    }

    Report report;
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("connections"), options.connections);
    json.insert(QStringLiteral("concurrency"), options.concurrency);
    json.insert(QStringLiteral("path"), options.path);
    json.insert(QStringLiteral("tls"), bench.endpoint().tls() != nullptr);
    json.insert(QStringLiteral("seconds"), seconds);
    json.insert(QStringLiteral("handshakes"), double(opened));
    json.insert(QStringLiteral("handshakes_per_second"), double(opened) / seconds);
    json.insert(QStringLiteral("failures"), double(failures));
    json.insert(QStringLiteral("verified"), double(verified));
    addTimes(json, times);
    meter.report(json, usage, QStringLiteral("handshake"), double(opened));
    report.line = QStringLiteral("%1 handshakes on %2%3: %4/s, %5; %6")
                      .arg(opened)
                      .arg(options.path, bench.endpoint().tls() ? QStringLiteral(" over TLS") : QString(),
                          numberText(double(opened) / seconds), cpuText(json, QStringLiteral("handshake")),
                          timesText(times));
    if (verified < wanted) {
        std::string reason;
        for (int i = 0; i < crew.size() && reason.empty(); ++i)
            reason = sockets.flock(i).firstReason();
        report.fault = QStringLiteral("%1 of %2 sockets were not let in; the first: %3")
                           .arg(wanted - verified)
                           .arg(wanted)
                           .arg(QString::fromStdString(reason));
    }
    return report;
}

} // namespace rookery::bench
