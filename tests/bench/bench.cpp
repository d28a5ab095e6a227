// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"

#include "tests/bench/accounts.h"

#include <QRandomGenerator>
#include <QStorageInfo>

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

namespace rookery::bench {

using namespace load;

namespace {

/// Descriptors that are neither sockets nor connections of the run.
constexpr int spare = 64;
/// What the server may have open beside the run's sockets: requests, and connections that are not gone yet.
constexpr int spareConnections = 1000;
constexpr int usersByDefault = 100;

void allowDescriptors(int connections)
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max != RLIM_INFINITY && rlim_t(connections + spare) > limit.rlim_max)
        throw Failure(QStringLiteral("%1 connections need more descriptors than this process may open, which "
                                     "are %2: raise it with ulimit -Hn, or ask for fewer connections.")
                          .arg(connections)
                          .arg(limit.rlim_max));
}

} // namespace

Bench::Bench(const Options &options, int connections, int users)
    : m_options(options)
    , m_run(QRandomGenerator::global()->generate())
{
    allowDescriptors(connections);
    if (options.postgres || options.redis)
        m_backing = std::make_unique<Backing>(options);
    for (int i = 0; options.url.isEmpty() && i < options.nodes; ++i)
        m_daemons.push_back(std::make_unique<Daemon>(
            options, connections + spareConnections, m_backing ? m_backing->environment(i) : QStringList()));
    connect();
    if (options.bare) {
        m_tokens.emplace_back();
        return;
    }
    const int wanted = options.users > 0 ? options.users : std::min(users, usersByDefault);
    progress(QStringLiteral("registering %1 users at %2")
                 .arg(wanted)
                 .arg(QString::fromStdString(endpoint().text())));
    m_tokens = makeUsers(endpoint(), m_run, wanted);
}

Crew &Bench::crew()
{
    if (!m_crew)
        m_crew = std::make_unique<Crew>(m_options.threads, m_options.patience);
    return *m_crew;
}

void Bench::connect()
{
    m_endpoints.clear();
    m_pids = m_options.pids;
    if (m_daemons.empty())
        m_endpoints.emplace_back(m_options.url);
    for (const auto &daemon : m_daemons) {
        m_endpoints.emplace_back(daemon->url());
        m_pids.push_back(daemon->pid());
    }
}

void Bench::restartServer()
{
    if (m_daemons.empty())
        return;
    for (const auto &daemon : m_daemons)
        daemon->restart();
    connect();
}

QString Bench::filesystem() const
{
    return m_daemons.empty()
        ? QString()
        : QString::fromLatin1(QStorageInfo(m_daemons.front()->dataDirectory()).fileSystemType());
}

void Bench::makeRoom(const QString &name)
{
    bench::makeRoom(endpoint(), token(0), name);
}

std::vector<std::string> Bench::openRooms(Dialect dialect, int rooms)
{
    if (dialect == Dialect::Native) {
        progress(QStringLiteral("making %1 rooms").arg(rooms));
        return makeRooms(endpoint(), token(0), m_run, rooms);
    }
    std::vector<std::string> names;
    for (int i = 0; i < rooms; ++i)
        names.push_back(roomName(m_run, i));
    return names;
}

Seat Bench::seat(Dialect dialect, const std::vector<std::string> &rooms, std::size_t number) const
{
    const std::size_t node = rooms.empty() ? number : number / rooms.size() + number % rooms.size();
    return {dialect, token(number), rooms.empty() ? std::string() : rooms[number % rooms.size()],
        node % m_endpoints.size()};
}

void progress(const QString &sentence)
{
    std::fputs(qUtf8Printable(QStringLiteral("rookery-bench: %1\n").arg(sentence)), stderr);
}

} // namespace rookery::bench
