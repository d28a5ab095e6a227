// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/config/keys.h"

#include <QList>

namespace rookery::config {

/// One `key = value` of a file, not yet checked against the table of keys.
struct TomlEntry
{
    QString section; ///< empty: before any section
    QString name; ///< empty: the section itself, which may be empty
    std::optional<Value> value; ///< nullopt: a type that no key has
    QString type; ///< the type found, for the error
    int line = 0;
};

/// Reads a TOML file of at most 1 MiB. Errors are `FILE:LINE: sentence`, or `FILE: sentence` if the file
/// could not be read.
Result<QList<TomlEntry>> readTomlFile(const QString &path);

} // namespace rookery::config
