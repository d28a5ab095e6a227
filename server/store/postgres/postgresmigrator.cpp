// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/postgresmigrator.h"

#include "server/store/postgres/writelock.h"
#include "server/store/queries/metaqueries.h"

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

int PostgresMigrator::oldestUser(Connection &connection, int found)
{
    if (!isTable(connection, QStringLiteral("meta")))
        return found;
    Statement row = connection.statement("SELECT value FROM meta WHERE key = 'schema_min'");
    bool isNumber = false;
    const int version = row.next() ? row.textAt(0).toInt(&isNumber) : 0;
    return isNumber ? version : found;
}

void PostgresMigrator::noteOldestUser(Connection &connection, int version)
{
    meta::put(connection, QStringLiteral("schema_min"), QString::number(version));
}

QStringList PostgresMigrator::parts(const QString &script) const
{
    return {script};
}

} // namespace rookery::store::postgres
