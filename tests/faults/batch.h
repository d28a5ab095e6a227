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

/// The fault that hits a daemon under load, cycle after cycle.
enum class Blow {
    Kill, ///< kill -9
    Power, ///< kill -9, and unsynced data is lost; in one kill of four it is kept
    Disk, ///< its disk is full or fails for a while; then it is repaired, or one of the other two follows
};

/// Cycles on one database: load, fault, a check of the files, restart, a check of everything. Throws Failure
/// or Interrupted.
class Batch
{
public:
    Batch(const Options &options, ProvingGround &ground, Blow blow);

    void run(int firstCycle, int cycles);

    // The results.
    Findings findings;
    std::uint64_t events = 0;
    Acknowledged acknowledged;
    int kills = 0;
    int killsWhileStarting = 0;
    int powerLosses = 0;
    int diskFaults = 0;
    std::uint64_t sectorsUnsynced = 0; ///< at the power losses
    std::uint64_t sectorsLost = 0;
    bench::Histogram starts; ///< from the start of the process until it is ready
    bench::Histogram firstAcks; ///< … to the first acknowledgement

private:
    void cycle(Random random, Audit &audit);
    bool load(Random &random);
    /// On the clients' thread, so that the time between a frame sent to a client and the kill is as short as
    /// possible: work that had to be done before the frame must not get done after it.
    void killOnHearing();
    /// Whether the daemon survives.
    bool letDiskFail(Random &random);
    void kill(Random &random);
    void losePower(Random &random);
    void restart();
    void hearEverybody();
    void plant();

    const Options &m_options;
    ProvingGround &m_ground;
    const Blow m_blow;
    std::unique_ptr<FaultyDisk> m_disk; ///< null for Blow::Kill; outlives the daemon
    std::unique_ptr<DaemonProcess> m_daemon;
    std::atomic<std::uint64_t> m_killAt = 0; ///< after this many acknowledgements and one more frame; 0: off
    Fleet m_fleet;
};

} // namespace rookery::faults
