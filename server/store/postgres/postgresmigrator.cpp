// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/postgresmigrator.h"

#include "server/store/postgres/writelock.h"

namespace rookery::store::postgres {

bool PostgresMigrator::isTable(Connection &connection, const QString &name)
{
    Statement row = connection.statement("SELECT 1 WHERE to_regclass(CAST($1 AS TEXT)) IS NOT NULL");
    return row.text(1, name).next();
}

void PostgresMigrator::lock(Connection &connection)
{
    // A step may take its time, and so may the node that is at it.
    connection.execute(QStringLiteral("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"));
    lockWrites(connection);
}

QStringList PostgresMigrator::parts(const QString &script) const
{
    return {script};
}

} // namespace rookery::store::postgres
