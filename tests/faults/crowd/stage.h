// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/bench.h"
#include "tests/faults/driver/daemonprocess.h"
#include "tests/faults/options.h"

#include <QTemporaryDir>

#include <algorithm>
#include <optional>

namespace rookery::faults {

/// A daemon that accepts `connections` and may be killed, with users, and the threads of the load generator.
/// Throws load::Failure if it cannot be set up.
class Stage
{
public:
    static constexpr int usualUsers = 50;
    /// Fewer for a small run: registering takes long.
    static int usersFor(int clients) { return std::clamp(clients / 10, 4, usualUsers); }

    /// `environment`: NAME=VALUE, additional settings of the daemon. `workers`: threads of the load
    /// generator.
    Stage(const Options &options, int connections, int users = usualUsers,
        const QStringList &environment = {}, int workers = 1);

    DaemonProcess &daemon() { return *m_daemon; }
    bench::Bench &bench() { return *m_bench; }
    /// The daemon's memory in bytes. Throws load::Failure if it is gone.
    std::int64_t resident() const;

private:
    QTemporaryDir m_directory;
    std::optional<DaemonProcess> m_daemon;
    std::optional<bench::Bench> m_bench;
};

} // namespace rookery::faults
