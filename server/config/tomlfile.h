// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/config/keys.h"

#include <QList>

namespace rookery::config {

/// One `key = value` of a file, not yet checked against the table of keys.
struct TomlEntry
{
    QString section; ///< empty: it stands before any section
    QString name; ///< empty: the section itself, which need not hold anything
    std::optional<Value> value; ///< nullopt: of a type that no key has
    QString type; ///< what it is, for the error
    int line = 0;
};

/// Reads a TOML file of at most 1 MiB. Errors are `FILE:LINE: sentence`, or `FILE: sentence` where it could
/// not be read.
Result<QList<TomlEntry>> readTomlFile(const QString &path);

} // namespace rookery::config
