// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/postgresheads.h"

#include "server/store/postgres/writelock.h"

#include <algorithm>

namespace rookery::store::postgres {

void PostgresHeads::begin(Connection &connection)
{
    forget();
    lockWrites(connection);
    m_now = m_trace->leave(connection);
}

qint64 PostgresHeads::now(const Room &room) const
{
    return std::max(m_now, room.lastAt);
}

void PostgresHeads::added(Connection &connection, Room &room, const RoomEvent &event, qint64 others)
{
    LogHeads::added(connection, room, event, others);
    room.lastAt = event.timestamp.toMSecsSinceEpoch();
    connection.statement("UPDATE room_heads SET last_seq = $1, last_at = $2, others = $3 WHERE room = $4")
        .integer(1, room.lastSeq)
        .integer(2, room.lastAt)
        .integer(3, room.others)
        .integer(4, room.key)
        .run();
}

void PostgresHeads::undone()
{
    // The locks that were taken since the savepoint are gone.
    forget();
}

std::optional<LogHeads::Head> PostgresHeads::lock(Connection &connection, const QString &id)
{
    Statement row = connection.statement(
        "SELECT h.last_seq, h.last_at, h.others FROM room_heads h JOIN rooms r ON r.id = h.room "
        "WHERE r.public_id = $1 FOR NO KEY UPDATE OF h");
    if (!row.id(1, id).next())
        return std::nullopt;
    return Head{row.integerAt(0), row.integerAt(1), row.integerAt(2)};
}

} // namespace rookery::store::postgres
