// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/metaqueries.h"

#include "common/ids.h"
#include "server/store/statement.h"

namespace rookery::store::meta {

QString epoch(Connection &connection)
{
    connection
        .statement("INSERT INTO meta (key, value) VALUES ('epoch', CAST($1 AS TEXT)) ON CONFLICT DO NOTHING")
        .text(1, newId())
        .run();
    Statement row = connection.statement("SELECT value FROM meta WHERE key = 'epoch'");
    return row.next() ? row.textAt(0) : QString();
}

void forgetEpoch(Connection &connection)
{
    connection.statement("DELETE FROM meta WHERE key = 'epoch'").run();
}

void probe(Connection &connection)
{
    // Another value each time: SQLite does not write a page that has not changed.
    connection
        .statement("INSERT INTO meta (key, value) VALUES ('probe', CAST($1 AS TEXT)) "
                   "ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .text(1, newId())
        .run();
}

} // namespace rookery::store::meta
