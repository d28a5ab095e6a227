// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/histogram.h"
#include "tests/faults/driver/audit.h"
#include "tests/faults/provingground.h"
#include "tests/faults/proxy/random.h"
#include "tests/faults/shim/faultydisk.h"

#include <atomic>
#include <memory>

namespace rookery::faults {

/// What happens to a daemon under load, cycle after cycle.
enum class Blow {
    Kill, ///< kill -9
    Power, ///< kill -9, and what was not synced is lost; one time in four it is not, until the next time
    Disk, ///< its disk is full or fails for a while, which may end in either of the two
};

/// Cycles on one database: load, a blow, a look at the files, a new start, and everything is checked. Throws
/// Failure or Interrupted.
class Batch
{
public:
    Batch(const Options &options, ProvingGround &ground, Blow blow);

    void run(int firstCycle, int cycles);

    // What came of it.
    Findings findings;
    std::uint64_t events = 0;
    std::uint64_t acknowledgements = 0;
    int kills = 0;
    int killsWhileStarting = 0;
    int powerLosses = 0;
    int diskFaults = 0;
    std::uint64_t sectorsUnsynced = 0; ///< when the power was lost
    std::uint64_t sectorsLost = 0;
    bench::Histogram starts; ///< from the start of the process to its being ready
    bench::Histogram firstAcks; ///< … to the first acknowledgement

private:
    void cycle(Random random, Audit &audit);
    bool load(Random &random);
    /// On the clients' thread: between the word that somebody is sent and the kill there is as little time as
    /// there can be, in which nothing that should have been done before the word could still be done.
    void killOnHearing();
    /// Whether the daemon goes on.
    bool letDiskFail(Random &random);
    void kill(Random &random);
    void losePower(Random &random);
    void restart();
    void hearEverybody();
    void plant();

    const Options &m_options;
    ProvingGround &m_ground;
    const Blow m_blow;
    std::unique_ptr<FaultyDisk> m_disk; ///< none where only kills happen; outlives the daemon
    std::unique_ptr<DaemonProcess> m_daemon;
    std::atomic<std::uint64_t> m_killAt = 0; ///< so many acknowledgements, and one word more; 0: not so
    Fleet m_fleet;
};

} // namespace rookery::faults
