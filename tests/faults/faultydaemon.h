// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/shim/faultydisk.h"
#include "tests/support/testdaemon.h"

namespace rookery::test {

/// A real rookeryd whose disk and clock are controlled by the test.
class FaultyDaemon
{
public:
    FaultyDaemon();

    /// As TestDaemon::start(): false if it exits instead of becoming ready.
    bool start() { return daemon.start(); }
    void killAndLosePower(uint64_t seed)
    {
        daemon.kill();
        disk.losePower(seed);
    }
    QUrl http(const QString &pathAndQuery) const { return daemon.url().resolved(QUrl(pathAndQuery)); }

    TestDaemon daemon;
    faults::FaultyDisk disk;
};

} // namespace rookery::test
