// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <cstdint>

namespace rookery::cluster {

/// The parsed command line.
struct Options
{
    std::uint64_t seed = 1;
    int faults = 100; ///< how many
    double minutes = 0; ///< no fault begins later than that after the start; 0: no limit
    bool hasRedis = true;
    bool hasStandby = false; ///< a synchronous one, which is promoted at times
    bool hasProxy = false; ///< HAProxy before the nodes
    bool keeps = false; ///< the nodes' folders stay
    bool plants = false; ///< an event is taken out of the database in the end, which must be found
    double longest = 15; ///< seconds that a fault lasts at most
    double calm = 10; ///< seconds of measuring before the first fault
    QString only; ///< the only kind of fault; empty: all
    QString daemon; ///< empty: the rookeryd beside this program
    int resumedWithinMs = 5000; ///< the bound of 99 % of those who look for another node
    int revokedWithinMs = 1000; ///< the bound of every revocation
};

/// The result of parsing: options, or a text to print and the exit status.
struct CommandLine
{
    Options options;
    bool run = false;
    QString text;
    int exitCode = 0;
};
/// `kinds`: the names of all kinds of faults.
CommandLine parseCommandLine(const QStringList &arguments, const QStringList &kinds);

} // namespace rookery::cluster
