// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/crew.h"
#include "tests/bench/daemon.h"
#include "tests/bench/endpoint.h"
#include "tests/bench/flock.h"
#include "tests/bench/meter.h"
#include "tests/bench/options.h"
#include "tests/bench/report.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rookery::bench {

/// What every command starts from: the server, its users, the load generator's threads.
class Bench
{
public:
    /// Starts the server where none was named. `connections` is the most that will be open at once, `users`
    /// how many accounts are wanted at most; `--users` goes before it.
    Bench(const Options &options, int connections, int users);

    const Options &options() const { return m_options; }
    const Endpoint &endpoint() const { return *m_endpoint; }
    /// The threads of the load generator, started at first use: programs are better started before there are
    /// any, since a fork takes no other thread along.
    Crew &crew();
    /// A random number that the names of this run carry, so that runs on one server keep apart.
    std::uint32_t run() const { return m_run; }
    const std::vector<pid_t> &pids() const { return m_pids; }
    /// The kind of file system that the server keeps its data on; empty where it is not known.
    QString filesystem() const;

    /// The tokens of the users, in turn.
    const std::string &token(std::size_t number) const { return m_tokens[number % m_tokens.size()]; }
    int users() const { return int(m_tokens.size()); }

    /// Starts the server anew where it was started here, so that its memory holds nothing of what was done
    /// before; the accounts stay. Before crew().
    void restartServer();

    /// Where sockets sit that share `rooms` rooms: socket `number` in room `number % rooms`. Makes the rooms
    /// where the dialect needs them made.
    std::vector<std::string> openRooms(Dialect dialect, int rooms);
    Seat seat(Dialect dialect, const std::vector<std::string> &rooms, std::size_t number) const;

    /// Makes a public room of that name where there is none.
    void makeRoom(const QString &name);

    Meter meter() { return Meter(crew(), m_pids); }

private:
    void connectTo(const QUrl &url);

    Options m_options;
    std::uint32_t m_run;
    std::unique_ptr<Daemon> m_daemon;
    std::optional<Endpoint> m_endpoint;
    std::vector<pid_t> m_pids;
    std::vector<std::string> m_tokens;
    std::unique_ptr<Crew> m_crew;
};

/// Tells the operator on standard error what is being done.
void progress(const QString &sentence);

// The commands. Each throws Failure or Interrupted.
Report runFanout(const Options &options);
Report runRooms(const Options &options);
Report runIdle(const Options &options);
Report runStorm(const Options &options);
Report runDurable(const Options &options);
Report runLatency(const Options &options);
Report runRest(const Options &options);
Report runHistory(const Options &options);

} // namespace rookery::bench
