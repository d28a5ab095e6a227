// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/session.h"

#include <QStringList>
#include <QUrl>

#include <sys/types.h>

#include <vector>

namespace rookery::bench {

/// The parsed command line, with the defaults of the command.
struct Options
{
    QString command;

    // The server
    QUrl url; ///< empty: start one
    std::vector<pid_t> pids; ///< processes whose CPU and memory is read
    QString daemon;
    QString data;
    QStringList daemonArguments;
    int ioThreads = 0; ///< 0: the daemon's default
    bool tls = false;
    bool bare = false;
    int nodes = 1; ///< more than one: on one PostgreSQL
    bool postgres = false;
    bool redis = false;

    // The load generator
    int threads = 1;
    double patience = 20; ///< seconds without progress after which the run fails
    int users = 0; ///< 0: as many as sockets, at most 100
    int concurrency = 0;
    double warmUp = 1;
    double seconds = 5;

    // The work
    Dialect dialect = Dialect::Native;
    QString path;
    int members = 0;
    int connections = 0;
    int rooms = 0;
    int senders = 0;
    int inFlight = 0;
    int size = 64;
    double rate = 0;
    int messages = 0;
    int requests = 0;
    int slices = 0;
    double settle = 3;
    QString clientIds;
    QString room;
    QUrl peerUrl;
    pid_t peerPid = 0;
    bool growth = false;
};

/// The result of parsing: options, or a text to print and the exit status.
struct CommandLine
{
    Options options;
    bool run = false;
    QString text;
    int exitCode = 0;
};
CommandLine parseCommandLine(const QStringList &arguments);

} // namespace rookery::bench
