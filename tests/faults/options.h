// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <cstdint>

namespace rookery::faults {

/// The parsed command line.
struct Options
{
    QString command;
    int cycles = 0; ///< 0: the command's default
    std::uint64_t seed = 1;
    QString daemon; ///< empty: the rookeryd beside this program
    int clients = 0; ///< 0: the command's default
    double seconds = 0; ///< 0: the command's default
    QString folder; ///< for the data of herd, stalled, slow and logins; empty: on the disk
    int batch = 50; ///< cycles on one database
    int firstAckMs = 1000; ///< the first acknowledgement must come within this time
    int workers = 8; ///< schedules running at once
    QString attack; ///< the only one for budget to run; empty: all
    QString plant; ///< an error to plant in the database, which must be found
};

/// The result of parsing: options, or a text to print and the exit status.
struct CommandLine
{
    Options options;
    bool run = false;
    QString text;
    int exitCode = 0;
};
/// `commands`: names and descriptions, alternating.
CommandLine parseCommandLine(const QStringList &arguments, const QStringList &commands);

} // namespace rookery::faults
