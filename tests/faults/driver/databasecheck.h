// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace rookery::faults {

/// Runs SQLite's checks on a copy of the database in `directory`, log included: returns an empty text, or the
/// output of PRAGMA integrity_check and foreign_key_check. Its daemon must not be running. The original is
/// not touched; the copy goes to the directory `scratch`. Throws Failure if it cannot be copied or opened.
QString databaseProblems(const QString &directory, const QString &scratch);

/// The client ids of all messages in the database in `directory`, whose daemon must not be running. Throws
/// Failure.
QStringList storedClientIds(const QString &directory);

/// Runs a statement on the database in `directory`, whose daemon must not be running: to plant an error that
/// must be found. Returns the number of changed rows. Throws Failure.
int changeDatabase(const QString &directory, const QString &statement);

} // namespace rookery::faults
