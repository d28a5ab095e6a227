// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/program.h"
#include "tests/wire/load/endpoint.h"

#include <memory>
#include <optional>

namespace rookery::faults {

/// A rookeryd that is stopped and restarted on one data directory and, after its first start, on one port.
/// Belongs to the main thread. All functions but kill() throw Failure.
class DaemonProcess
{
public:
    struct What
    {
        QString program; ///< empty: the rookeryd beside this program
        QString directory; ///< of its data; created if missing
        QStringList arguments; ///< additional ones
        QStringList environment; ///< NAME=VALUE, additional ones
        quint16 port = 0; ///< 0: a free one
    };
    explicit DaemonProcess(What what);

    /// Starts it and waits until it is ready.
    void start();
    /// Starts it without waiting; only after the first start().
    void launch();
    /// kill -9.
    void kill() { m_program->kill(); }
    /// SIGTERM, and waits for a clean exit.
    void stop() { m_program->stop(); }

    const load::Endpoint &endpoint() const { return *m_endpoint; }
    quint16 port() const { return m_what.port; }
    pid_t pid() const { return m_program->pid(); }
    const QString &directory() const { return m_what.directory; }

private:
    QStringList arguments() const;

    What m_what;
    std::unique_ptr<bench::Program> m_program;
    std::optional<load::Endpoint> m_endpoint;
};

} // namespace rookery::faults
