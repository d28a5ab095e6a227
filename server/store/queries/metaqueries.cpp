// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/metaqueries.h"

#include "common/ids.h"
#include "server/store/statement.h"

namespace rookery::store::meta {

QString epoch(Connection &connection)
{
    return claim(connection, QStringLiteral("epoch"), newId());
}

void forgetEpoch(Connection &connection)
{
    connection.statement("DELETE FROM meta WHERE key = 'epoch'").run();
}

QString claim(Connection &connection, const QString &key, const QString &value)
{
    connection
        .statement("INSERT INTO meta (key, value) VALUES (CAST($1 AS TEXT), CAST($2 AS TEXT)) "
                   "ON CONFLICT DO NOTHING")
        .text(1, key)
        .text(2, value)
        .run();
    Statement row = connection.statement("SELECT value FROM meta WHERE key = CAST($1 AS TEXT)");
    return row.text(1, key).next() ? row.textAt(0) : QString();
}

void put(Connection &connection, const QString &key, const QString &value)
{
    connection
        .statement("INSERT INTO meta (key, value) VALUES (CAST($1 AS TEXT), CAST($2 AS TEXT)) "
                   "ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .text(1, key)
        .text(2, value)
        .run();
}

void probe(Connection &connection)
{
    // Another value each time: SQLite does not write a page that has not changed.
    put(connection, QStringLiteral("probe"), newId());
}

} // namespace rookery::store::meta
