// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/sqlitemigrator.h"

#include "server/store/sqlite/sqlscript.h"

namespace rookery::store {

bool SqliteMigrator::isTable(Connection &connection, const QString &name)
{
    Statement row =
        connection.statement("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = CAST($1 AS TEXT)");
    return row.text(1, name).next();
}

QStringList SqliteMigrator::parts(const QString &script) const
{
    return splitStatements(script);
}

} // namespace rookery::store
