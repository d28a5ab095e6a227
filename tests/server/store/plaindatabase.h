// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSqlDatabase>
#include <QString>

namespace storetest {

/// Opens an SQLite file without anything that the store sets or checks; answers the connection's name.
inline QString addPlainDatabase(const QString &path)
{
    const QString name = QStringLiteral("plain");
    auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
    database.setDatabaseName(path);
    database.open();
    return name;
}

} // namespace storetest
