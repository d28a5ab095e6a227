// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/options.h"
#include "tests/bench/program.h"

#include <QTemporaryDir>

#include <memory>

namespace rookery::bench {

/// A rookeryd of the benchmark's own, on a free port of the loopback, with the limits lifted that a load
/// generator on one address runs into: log-ins, messages per second and connections. Its data goes with it
/// unless a directory was named for them.
class Daemon
{
public:
    /// `connections` is how many it must take at once. Starts it; throws Failure.
    Daemon(const Options &options, int connections);

    /// On the same data.
    void restart();

    QUrl url() const { return m_program->url(); }
    pid_t pid() const { return m_program->pid(); }
    QString dataDirectory() const { return m_directory; }

private:
    std::unique_ptr<QTemporaryDir> m_temporary;
    QString m_directory;
    std::unique_ptr<Program> m_program; ///< ends before its directory goes
};

} // namespace rookery::bench
