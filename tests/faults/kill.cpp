// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/batch.h"
#include "tests/faults/commands.h"

#include <algorithm>

namespace rookery::faults {

namespace {

constexpr int defaultCycles = 50;

Outcome runBatches(const Options &options, Blow blow)
{
    const int cycles = options.cycles > 0 ? options.cycles : defaultCycles;
    progress(QStringLiteral("making accounts and rooms"));
    ProvingGround ground(options);
    Outcome outcome;
    bench::Histogram starts;
    bench::Histogram firstAcks;
    std::uint64_t events = 0;
    Acknowledged acknowledged;
    int kills = 0;
    int killsWhileStarting = 0;
    int powerLosses = 0;
    int diskFaults = 0;
    std::uint64_t sectorsUnsynced = 0;
    std::uint64_t sectorsLost = 0;
    for (int done = 0; done < cycles && outcome.findings.total() == 0; done += options.batch) {
        Batch batch(options, ground, blow);
        batch.run(done, std::min(options.batch, cycles - done));
        outcome.findings.add(batch.findings);
        starts.merge(batch.starts);
        firstAcks.merge(batch.firstAcks);
        events += batch.events;
        acknowledged.add(batch.acknowledged);
        kills += batch.kills;
        killsWhileStarting += batch.killsWhileStarting;
        powerLosses += batch.powerLosses;
        diskFaults += batch.diskFaults;
        sectorsUnsynced += batch.sectorsUnsynced;
        sectorsLost += batch.sectorsLost;
        progress(QStringLiteral("%1 kills, %2 acknowledgements, %3 findings")
                     .arg(kills)
                     .arg(acknowledged.all)
                     .arg(outcome.findings.total()));
    }
    const load::Nanos bound = options.firstAckMs * load::millisecond;
    if (firstAcks.max() > bound)
        outcome.report.fault = QStringLiteral("The first acknowledgement came %1 ms after the start.")
                                   .arg(firstAcks.max() / load::millisecond);

    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("writers"), writerCount);
    json.insert(QStringLiteral("kills"), kills);
    json.insert(QStringLiteral("kills_while_starting"), killsWhileStarting);
    if (blow != Blow::Kill) {
        json.insert(QStringLiteral("power_losses"), powerLosses);
        json.insert(QStringLiteral("sectors_unsynced"), qint64(sectorsUnsynced));
        json.insert(QStringLiteral("sectors_lost"), qint64(sectorsLost));
    }
    if (blow == Blow::Disk)
        json.insert(QStringLiteral("disk_faults"), diskFaults);
    addAcknowledged(json, acknowledged);
    json.insert(QStringLiteral("events"), qint64(events));
    bench::addTimes(json, starts, QStringLiteral("ready_"));
    bench::addTimes(json, firstAcks, QStringLiteral("first_ack_"));
    outcome.report.line = QStringLiteral("%1 kills (%2 while starting), %3, %4 findings; first "
                                         "acknowledgement after a start: %5")
                              .arg(kills)
                              .arg(killsWhileStarting)
                              .arg(textOf(acknowledged))
                              .arg(outcome.findings.total())
                              .arg(bench::timesText(firstAcks));
    if (blow != Blow::Kill)
        outcome.report.line += QStringLiteral("; %1 power losses took %2 of %3 unsynced sectors")
                                   .arg(powerLosses)
                                   .arg(sectorsLost)
                                   .arg(sectorsUnsynced);
    if (blow == Blow::Disk)
        outcome.report.line += QStringLiteral("; %1 times the disk failed").arg(diskFaults);
    return outcome;
}

} // namespace

Outcome runKill(const Options &options)
{
    return runBatches(options, Blow::Kill);
}

Outcome runPower(const Options &options)
{
    return runBatches(options, Blow::Power);
}

Outcome runDisk(const Options &options)
{
    return runBatches(options, Blow::Disk);
}

} // namespace rookery::faults
