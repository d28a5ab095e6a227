// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/config/config.h"

#include <optional>

namespace rookery::config {

/// What the flags say, not yet applied.
struct CommandLine
{
    Action action = Action::Run;
    std::optional<QString> configFile;
    QStringList listen;
    std::optional<QString> dataDirectory;
};

/// `arguments` starts with the program's name. `--flag VALUE`, `--flag=VALUE` and the same with one dash mean
/// the same. --help goes before everything, mistakes too.
Result<CommandLine> parseCommandLine(const QStringList &arguments);

} // namespace rookery::config
