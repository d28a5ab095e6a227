// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/crowd/stage.h"

#include "tests/bench/procstats.h"
#include "tests/bench/scratch.h"
#include "tests/wire/load/failure.h"

namespace rookery::faults {

namespace {

/// Connections beside those of the crowd: requests, and connections that are still closing.
constexpr int spareConnections = 1000;
constexpr double patience = 30; ///< seconds for anything to move

} // namespace

Stage::Stage(const Options &options, int connections, int users, const QStringList &environment, int workers)
    : m_directory(options.folder.isEmpty() ? bench::scratchTemplate(QStringLiteral("rookery-faults"))
                                           : options.folder + QStringLiteral("/rookery-faults-XXXXXX"))
{
    if (!m_directory.isValid())
        throw load::Failure(
            QStringLiteral("No directory for the data can be made: %1.").arg(m_directory.errorString()));
    DaemonProcess::What what;
    what.program = options.daemon;
    what.directory = m_directory.path() + QStringLiteral("/data");
    what.environment = {QStringLiteral("ROOKERY_LIMITS_CONNECTIONS=%1").arg(connections + spareConnections)};
    what.environment += environment;
    m_daemon.emplace(std::move(what));
    m_daemon->start();
    bench::Options load;
    load.url = QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_daemon->port()));
    load.pids = {m_daemon->pid()};
    load.users = users;
    load.threads = workers;
    load.patience = patience;
    m_bench.emplace(load, connections, users);
}

std::int64_t Stage::resident() const
{
    const auto memory = bench::procstats::memory(m_daemon->pid());
    if (!memory)
        throw load::Failure(QStringLiteral("The server is gone."));
    return memory->resident;
}

} // namespace rookery::faults
