// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSqlDatabase>
#include <QString>

namespace rookery::sql {

/// Opens the database, of Qt's driver QSQLITE, on the file at the path, so that nothing of deleted rows stays in unused
/// parts of its pages (scrubbingvfs.h). `options`: those of QSqlDatabase::setConnectOptions(). False where the
/// file cannot be opened; QSqlDatabase::lastError() says why.
///
/// A Qt that brings an SQLite of its own cannot do that: it opens the file plainly, and the log says so.
bool open(QSqlDatabase &database, const QString &path, const QString &options);

} // namespace rookery::sql
