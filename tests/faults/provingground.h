// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/cast.h"
#include "tests/faults/driver/daemonprocess.h"
#include "tests/faults/options.h"

#include <QTemporaryDir>

#include <functional>
#include <memory>

namespace rookery::faults {

/// A place on disk with the data of a daemon that has the standard stage, and copies of it for run after run:
/// the passwords are hashed once. Goes with the object.
class ProvingGround
{
public:
    /// Throws Failure.
    explicit ProvingGround(const Options &options);

    const Stage &stage() const { return m_stage; }
    /// NAME=VALUE, for a daemon with its data in that directory.
    using EnvironmentFor = std::function<QStringList(const QString &directory)>;
    /// A daemon that has not been started yet, on a fresh copy of the data; the copy before it is removed.
    std::unique_ptr<DaemonProcess> freshDaemon(const EnvironmentFor &environment = nullptr);
    /// An empty directory for whatever.
    QString scratch() const { return m_directory.path() + QStringLiteral("/scratch"); }

private:
    DaemonProcess::What daemonOn(const QString &name) const;

    Options m_options;
    QTemporaryDir m_directory;
    Stage m_stage;
    int m_copies = 0;
};

} // namespace rookery::faults
