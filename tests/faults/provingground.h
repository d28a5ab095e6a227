// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/cast.h"
#include "tests/faults/driver/daemonprocess.h"
#include "tests/faults/options.h"

#include <QTemporaryDir>

#include <functional>
#include <memory>

namespace rookery::faults {

/// A folder on disk with the data of a daemon in its standard state, and a copy of it for each run, so that
/// passwords are hashed only once. Deleted with the object.
class ProvingGround
{
public:
    /// Throws Failure.
    explicit ProvingGround(const Options &options);

    const Stage &stage() const { return m_stage; }
    /// NAME=VALUE, for a daemon with its data in that directory.
    using EnvironmentFor = std::function<QStringList(const QString &directory)>;
    /// A daemon that is not started yet, on a fresh copy of the data; the previous copy is removed.
    std::unique_ptr<DaemonProcess> freshDaemon(const EnvironmentFor &environment = nullptr);
    /// An empty directory for any use.
    QString scratch() const { return m_directory.path() + QStringLiteral("/scratch"); }

private:
    DaemonProcess::What daemonOn(const QString &name) const;

    Options m_options;
    QTemporaryDir m_directory;
    Stage m_stage;
    int m_copies = 0;
};

} // namespace rookery::faults
