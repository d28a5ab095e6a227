// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/trace.h"

#include "common/ids.h"
#include "server/store/postgres/writelock.h"
#include "server/store/queries/metaqueries.h"

namespace rookery::store::postgres {

Trace::Trace()
    : m_key(QStringLiteral("batch ") + newId())
{ }

qint64 Trace::leave(Connection &connection)
{
    m_room = 0;
    m_mark = newId();
    // The time goes first, in seconds: ten digits, so that it can be compared as text.
    Statement row = connection.statement(
        "INSERT INTO meta (key, value) VALUES (CAST($1 AS TEXT), "
        "CAST(CAST(extract(epoch FROM clock_timestamp()) AS BIGINT) AS TEXT) || ' ' || CAST($2 AS TEXT)) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value "
        "RETURNING CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)");
    return row.text(1, m_key).text(2, m_mark).next() ? row.integerAt(0) : 0;
}

void Trace::leaveEvent(qint64 room, qint64 seq, const QString &id)
{
    m_room = room;
    m_seq = seq;
    m_event = id;
}

bool Trace::isThere(Connection &connection) const
{
    {
        Transaction transaction(connection);
        if (!find(connection))
            return false;
        transaction.commit();
    }
    // A write that standbys confirm stands behind all that was written before.
    Transaction transaction(connection);
    meta::probe(connection);
    transaction.commit();
    return true;
}

bool Trace::find(Connection &connection) const
{
    if (m_room == 0) {
        lockWrites(connection);
        Statement row = connection.statement("SELECT 1 FROM meta WHERE key = CAST($1 AS TEXT) "
                                             "AND split_part(value, ' ', 2) = CAST($2 AS TEXT)");
        return row.text(1, m_key).text(2, m_mark).next();
    }
    connection.statement("SELECT 1 FROM room_heads WHERE room = $1 FOR NO KEY UPDATE")
        .integer(1, m_room)
        .next();
    Statement row = connection.statement("SELECT 1 FROM events WHERE room = $1 AND seq = $2 AND id = $3");
    return row.integer(1, m_room).integer(2, m_seq).id(3, m_event).next();
}

void Trace::removeOld(Connection &connection)
{
    connection
        .statement("DELETE FROM meta WHERE key LIKE 'batch %' AND split_part(value, ' ', 1) "
                   "< CAST(CAST(extract(epoch FROM clock_timestamp()) - 86400 AS BIGINT) AS TEXT)")
        .run();
}

} // namespace rookery::store::postgres
