// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/options.h"
#include "tests/bench/program.h"

#include <QTemporaryDir>

#include <memory>

namespace rookery::bench {

/// A rookeryd of the benchmark's own, on a free port of the loopback interface, with the limits raised that a
/// load generator on one address would reach: log-ins, messages per second and connections. Its data is
/// deleted with it unless a directory was given.
class Daemon
{
public:
    /// Starts it; `connections` is the number it must accept at once, `shared` what Backing::environment() says of it.
    /// Throws Failure.
    Daemon(const Options &options, int connections, const QStringList &shared = {});

    /// Restarts it on the same data.
    void restart();

    QUrl url() const { return m_program->url(); }
    pid_t pid() const { return m_program->pid(); }
    QString dataDirectory() const { return m_directory; }

private:
    std::unique_ptr<QTemporaryDir> m_temporary;
    QString m_directory;
    std::unique_ptr<Program> m_program; ///< ends before its directory is deleted
};

} // namespace rookery::bench
