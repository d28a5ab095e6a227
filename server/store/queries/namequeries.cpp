// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/namequeries.h"

#include "server/store/statement.h"

#include <QList>

#include <utility>

namespace rookery::store::names {

namespace {

constexpr int portion = 10'000;

QString storedVersion(Connection &connection)
{
    Statement row = connection.statement("SELECT value FROM meta WHERE key = 'names'");
    return row.next() ? row.textAt(0) : QString();
}

/// Calls `update` with the key and the name in each row of `select`, a query for the rows after the key $1.
template <typename Update>
void forEachName(Connection &connection, const char *select, Update update)
{
    qint64 last = 0;
    QList<std::pair<qint64, QString>> some;
    do {
        some.clear();
        {
            Statement rows = connection.statement(select);
            rows.integer(1, last).integer(2, portion);
            while (rows.next())
                some.append({rows.integerAt(0), rows.textAt(1)});
        }
        for (const auto &[key, name] : std::as_const(some)) {
            update(key, name);
            last = key;
        }
    } while (!some.isEmpty());
}

} // namespace

void refresh(Connection &connection, const NameRules &rules)
{
    if (rules.version.isEmpty() || storedVersion(connection) == rules.version)
        return;
    // No skeleton of a name has this form, so that none collides with an older one while they are rewritten.
    connection.statement("UPDATE users SET skeleton = '#' || CAST(id AS TEXT)").run();
    forEachName(connection, "SELECT id, name FROM users WHERE id > $1 ORDER BY id LIMIT $2",
        [&](qint64 key, const QString &name) {
            connection
                .statement("UPDATE users SET skeleton = CAST($1 AS TEXT), "
                           "lookalike = nullif(CAST($2 AS TEXT), '') WHERE id = $3")
                .text(1, rules.key(name))
                .text(2, rules.lookalike(name))
                .integer(3, key)
                .run();
        });
    forEachName(connection,
        "SELECT id, name FROM rooms WHERE id > $1 AND skeleton IS NOT NULL ORDER BY id LIMIT $2",
        [&](qint64 key, const QString &name) {
            connection.statement("UPDATE rooms SET lookalike = nullif(CAST($1 AS TEXT), '') WHERE id = $2")
                .text(1, rules.lookalike(name))
                .integer(2, key)
                .run();
        });
    QList<std::pair<QString, QString>> former;
    {
        Statement rows = connection.statement("SELECT skeleton, name FROM former_room_names");
        while (rows.next())
            former.append({rows.textAt(0), rows.textAt(1)});
    }
    for (const auto &[skeleton, name] : std::as_const(former)) {
        connection
            .statement("UPDATE former_room_names SET lookalike = nullif(CAST($1 AS TEXT), '') "
                       "WHERE skeleton = CAST($2 AS TEXT)")
            .text(1, rules.lookalike(name))
            .text(2, skeleton)
            .run();
    }
    connection
        .statement("INSERT INTO meta (key, value) VALUES ('names', CAST($1 AS TEXT)) "
                   "ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .text(1, rules.version)
        .run();
}

} // namespace rookery::store::names
