// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace rookery::store {

/// The statements of an SQL script in order, each without its closing `;` and without comments. A `;` inside a string,
/// a quoted name or a comment does not end a statement. A CREATE TRIGGER ends with the `;` after the END that follows
/// a `;`, as in SQLite's own shell (sqlite3_complete).
QStringList splitStatements(const QString &script);

} // namespace rookery::store
