// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"
#include "tests/faults/commands.h"
#include "tests/faults/crowd/bystanders.h"
#include "tests/faults/crowd/crowd.h"
#include "tests/faults/crowd/stage.h"

#include <algorithm>

namespace rookery::faults {

using namespace bench;
using namespace load;

namespace {

constexpr int defaultStalled = 500;
constexpr int defaultSeconds = 60;
constexpr int others = Bystanders::count; ///< those who go on reading
constexpr double secondsBefore = 10; ///< in which all of them read
constexpr double closedWithin = 10;
constexpr std::int64_t memoryBound = 160'000'000;
constexpr int readersAtOnce = 64;
constexpr double lookEvery = 0.25;

/// How the sockets of some readers have ended.
struct Ends
{
    int slow = 0; ///< with 4008
    int otherwise = 0;
    int open = 0;
    std::string example; ///< of those that ended otherwise
};

Ends endsOf(Crowd &crowd, std::size_t from, std::size_t to)
{
    Ends ends;
    for (std::size_t i = from; i < to; ++i) {
        const std::string &reason = crowd.reader(i).endReason;
        if (reason.empty()) {
            ++ends.open;
        } else if (reason.find(" 4008") != std::string::npos) {
            ++ends.slow;
        } else {
            ++ends.otherwise;
            ends.example = reason;
        }
    }
    return ends;
}

} // namespace

Outcome runStalled(const Options &options)
{
    const int wanted = options.clients > 0 ? options.clients : defaultStalled;
    const double seconds = options.seconds > 0 ? options.seconds : defaultSeconds;
    Stage stage(options, wanted + others, Stage::usersFor(wanted));
    Bench &bench = stage.bench();
    const auto rooms = bench.openRooms(Dialect::Native, 1);
    Crew &crew = bench.crew();
    const auto stalled = std::uint64_t(wanted);
    const std::size_t half = stalled / 2;

    Crowd crowd(crew.loop(0), bench.endpoint(), crew.failures(), std::uint32_t(options.seed));
    for (std::size_t i = 0; i < stalled; ++i)
        crowd.add(bench.token(i), rooms.front());
    Bystanders bystanders(bench, rooms);
    const AtExit leave([&] {
        crew.on(0, [&] { crowd.leave(); });
        crew.barrier();
    });

    progress(QStringLiteral("opening %1 sockets in one room").arg(wanted + others));
    bystanders.open();
    crew.on(0, [&] { crowd.enter(readersAtOnce); });
    if (!crew.reaches([&crowd] { return crowd.ready(); }, stalled))
        throw Failure(
            QStringLiteral("Only %1 of %2 readers are in the room.").arg(crowd.ready()).arg(stalled));
    crew.on(0, [&] { crowd.setReturning(false); });

    const double quiet = std::min(secondsBefore, seconds / 4);
    progress(QStringLiteral("all read, for %1 s").arg(quiet));
    bystanders.start();
    const Histogram before = bystanders.pass(quiet);
    if (crowd.ended() > 0)
        throw Failure(QStringLiteral("A socket was closed although it was read."));

    progress(QStringLiteral("%1 do not read, for %2 s").arg(wanted).arg(seconds));
    const std::int64_t residentBefore = stage.resident();
    std::int64_t residentMost = residentBefore;
    const Nanos began = now();
    const auto watchUntil = [&](double at) {
        while (now() < began + Nanos(at * double(second))) {
            crew.pass(lookEvery);
            residentMost = std::max(residentMost, stage.resident());
        }
    };
    const auto setReading = [&](std::size_t from, std::size_t to, bool reading) {
        crew.on(0, [&] {
            for (std::size_t i = from; i < to; ++i)
                crowd.reader(i).setReading(reading);
        });
    };
    setReading(0, stalled, false);
    watchUntil(closedWithin);
    setReading(0, half, true);
    if (!crew.reaches([&crowd] { return crowd.ended(); }, half))
        progress(QStringLiteral("%1 of %2 were not closed").arg(half - crowd.ended()).arg(half));
    Ends early;
    crew.on(0, [&] { early = endsOf(crowd, 0, half); });
    watchUntil(seconds);
    const Histogram meanwhile = bystanders.takeTimes();
    setReading(half, stalled, true);
    if (!crew.reaches([&crowd] { return crowd.ended(); }, stalled))
        progress(QStringLiteral("%1 of %2 were not closed").arg(stalled - crowd.ended()).arg(stalled));
    Ends late;
    crew.on(0, [&] { late = endsOf(crowd, half, stalled); });

    progress(QStringLiteral("all come back"));
    bystanders.stop();
    crew.barrier();
    const std::uint64_t sent = bystanders.sent();
    crew.on(0, [&] { crowd.setReturning(true); });
    if (!crew.reaches([&] { return bystanders.deliveries(); }, sent * std::uint64_t(others))
        || !crew.reaches([&] { return crowd.events(); }, sent * stalled))
        throw Failure(QStringLiteral("Events are missing: of %1 the others have %2 each, the readers %3.")
                          .arg(sent)
                          .arg(double(bystanders.deliveries()) / others)
                          .arg(double(crowd.events()) / double(stalled)));

    const double ratio = double(meanwhile.percentile(99)) / double(before.percentile(99));
    const std::int64_t grown = residentMost - residentBefore;
    Outcome outcome;
    Report &report = outcome.report;
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("stalled"), wanted);
    json.insert(QStringLiteral("others"), others);
    json.insert(QStringLiteral("acknowledged"), qint64(sent));
    json.insert(QStringLiteral("rate"), Others::rate);
    json.insert(QStringLiteral("size"), qint64(Others::size));
    json.insert(QStringLiteral("seconds"), seconds);
    json.insert(QStringLiteral("closed_4008_by_10_s"), early.slow);
    json.insert(QStringLiteral("closed_otherwise_by_10_s"), early.otherwise);
    json.insert(QStringLiteral("closed_4008_by_the_end"), late.slow);
    json.insert(QStringLiteral("closed_otherwise_by_the_end"), late.otherwise);
    json.insert(QStringLiteral("rss_before_bytes"), qint64(residentBefore));
    json.insert(QStringLiteral("rss_grown_bytes"), qint64(grown));
    addTimes(json, before, QStringLiteral("before_"));
    addTimes(json, meanwhile, QStringLiteral("meanwhile_"));
    json.insert(QStringLiteral("p99_ratio"), ratio);
    report.line =
        QStringLiteral("%1 stalled readers, %2 messages/s of %3 bytes: after 10 s %4 of %5 closed with 4008, "
                       "RSS grown by %6 MB, the others' p99 %7 ms before and %8 ms meanwhile; %9")
            .arg(wanted)
            .arg(Others::rate)
            .arg(qint64(Others::size))
            .arg(early.slow)
            .arg(half)
            .arg(double(grown) / 1e6, 0, 'f', 1)
            .arg(double(before.percentile(99)) / double(millisecond), 0, 'f', 1)
            .arg(double(meanwhile.percentile(99)) / double(millisecond), 0, 'f', 1)
            .arg(QStringLiteral("all resumed and missed nothing of %1").arg(sent));
    if (early.slow != int(half))
        report.fault =
            QStringLiteral("Readers that do not read must be closed with 4008 within 10 s: %1 were not%2")
                .arg(int(half) - early.slow)
                .arg(early.example.empty() ? QStringLiteral(".")
                                           : QStringLiteral("; ") + QString::fromStdString(early.example));
    else if (late.open > 0)
        report.fault = QStringLiteral("%1 sockets that nobody read were still open.").arg(late.open);
    else if (grown > memoryBound)
        report.fault = QStringLiteral("RSS must not grow by more than 160 MB.");
    return outcome;
}

} // namespace rookery::faults
