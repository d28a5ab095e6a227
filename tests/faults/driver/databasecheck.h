// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace rookery::faults {

/// Has SQLite look at a copy of the database in `directory`, log and all, as it lies there: empty, or what
/// PRAGMA integrity_check and foreign_key_check say. The daemon that wrote it must not run. What lies there
/// stays as it is; the copy goes to `scratch`, a directory. Throws Failure where it cannot be copied or
/// opened.
QString databaseProblems(const QString &directory, const QString &scratch);

/// The client ids of all messages in the database in `directory`, whose daemon must not run. Throws Failure.
QStringList storedClientIds(const QString &directory);

/// Runs a statement on the database in `directory`, whose daemon must not run: to plant a fault that must be
/// found. Answers how many rows it has changed. Throws Failure.
int changeDatabase(const QString &directory, const QString &statement);

} // namespace rookery::faults
