// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/backing.h"
#include "tests/bench/daemon.h"
#include "tests/bench/flock.h"
#include "tests/bench/meter.h"
#include "tests/bench/options.h"
#include "tests/bench/report.h"
#include "tests/wire/load/crew.h"
#include "tests/wire/load/endpoint.h"

#include <memory>
#include <string>
#include <vector>

namespace rookery::bench {

/// The environment of every command: the server, its users, the load generator's threads.
class Bench
{
public:
    /// Starts the server unless one was named. `connections` is the maximum number of open connections,
    /// `users` the maximum number of accounts needed; `--users` overrides it.
    Bench(const Options &options, int connections, int users);

    const Options &options() const { return m_options; }
    /// The first node.
    const load::Endpoint &endpoint() const { return m_endpoints.front(); }
    const Endpoints &endpoints() const { return m_endpoints; }
    /// Null unless the run has a PostgreSQL of its own.
    const Backing *backing() const { return m_backing.get(); }
    /// The threads of the load generator, started at first use: a fork copies no other threads, so programs
    /// should be started before there are any.
    load::Crew &crew();
    /// A random number in the names of this run, so that runs on one server do not collide.
    std::uint32_t run() const { return m_run; }
    const std::vector<pid_t> &pids() const { return m_pids; }
    /// The type of the file system with the server's data; empty if unknown.
    QString filesystem() const;

    /// The tokens of the users, in turn.
    const std::string &token(std::size_t number) const { return m_tokens[number % m_tokens.size()]; }
    int users() const { return int(m_tokens.size()); }

    /// Restarts the server if it was started here, so that earlier work leaves nothing in its memory; the
    /// accounts stay. Call before crew().
    void restartServer();

    /// The places of sockets that share `rooms` rooms: socket `number` in room `number % rooms`; a room's sockets are
    /// on the nodes in turn. Creates the rooms if the dialect requires that.
    std::vector<std::string> openRooms(Dialect dialect, int rooms);
    Seat seat(Dialect dialect, const std::vector<std::string> &rooms, std::size_t number) const;

    /// Creates a public room of that name if there is none.
    void makeRoom(const QString &name);

    Meter meter() { return Meter(crew(), m_pids, m_backing ? m_backing->pids() : std::vector<pid_t>()); }

private:
    void connect();

    Options m_options;
    std::uint32_t m_run;
    std::unique_ptr<Backing> m_backing;
    std::vector<std::unique_ptr<Daemon>> m_daemons;
    Endpoints m_endpoints;
    std::vector<pid_t> m_pids;
    std::vector<std::string> m_tokens;
    std::unique_ptr<load::Crew> m_crew;
};

/// After the last answer, for what the server still does about it.
inline constexpr double settleSeconds = 0.3;

/// Reports progress to the operator on standard error.
void progress(const QString &sentence);

// The commands. Each throws Failure or Interrupted.
Report runFanout(const Options &options);
Report runRooms(const Options &options);
Report runIdle(const Options &options);
Report runStorm(const Options &options);
Report runResume(const Options &options);
Report runDurable(const Options &options);
Report runLatency(const Options &options);
Report runRest(const Options &options);
Report runHistory(const Options &options);

} // namespace rookery::bench
