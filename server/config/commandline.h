// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/config/config.h"

#include <optional>

namespace rookery::config {

/// The parsed flags, not yet applied.
struct CommandLine
{
    Action action = Action::Run;
    std::optional<QString> configFile;
    QStringList listen;
    std::optional<QString> dataDirectory;
};

/// `arguments` starts with the program's name. `--flag VALUE`, `--flag=VALUE` and the same with one dash are
/// equivalent. --help takes precedence over everything, errors included.
Result<CommandLine> parseCommandLine(const QStringList &arguments);

} // namespace rookery::config
