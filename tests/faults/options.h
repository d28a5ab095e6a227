// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <cstdint>

namespace rookery::faults {

/// What was asked for on the command line.
struct Options
{
    QString command;
    int cycles = 0; ///< 0: as many as the command takes by itself
    std::uint64_t seed = 1;
    QString daemon; ///< empty: the rookeryd beside this program
    int clients = 0; ///< 0: as many as the command takes by itself
    int seconds = 0; ///< 0: as long as the command takes by itself
    QString folder; ///< of the data of herd, stalled, slow and logins; empty: on the disk
    int batch = 50; ///< cycles on one database
    int firstAckMs = 1000; ///< within which it is back at work
    int workers = 8; ///< schedules at once
    QString attack; ///< the only one of budget's; empty: all
    QString plant; ///< a fault to put into the database by hand, which must be found
};

/// What the command line comes to: options, or a text to print and the exit status to end with.
struct CommandLine
{
    Options options;
    bool run = false;
    QString text;
    int exitCode = 0;
};
/// `commands` are names and what they do, in turn.
CommandLine parseCommandLine(const QStringList &arguments, const QStringList &commands);

} // namespace rookery::faults
