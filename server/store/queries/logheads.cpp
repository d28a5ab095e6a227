// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/logheads.h"

#include "server/store/queries/memberqueries.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/statement.h"

#include <QDateTime>

#include <algorithm>

namespace rookery::store {

LogHeads::Room *LogHeads::room(Connection &connection, const QString &id)
{
    if (const auto known = m_rooms.find(id); known != m_rooms.end())
        return &known->second;
    // A statement of its own, so that the next one sees what was committed before the lock was had.
    const auto head = lock(connection, id);
    Statement row = connection.statement("SELECT " ROOM_COLUMNS_WITH(
        "0") ", r.id, r.direct_low, r.direct_high, "
             "EXISTS (SELECT 1 FROM blocked_users b "
             "WHERE b.user = r.direct_low AND b.blocked = r.direct_high), "
             "EXISTS (SELECT 1 FROM blocked_users b "
             "WHERE b.user = r.direct_high AND b.blocked = r.direct_low), "
             "coalesce((SELECT newest.others FROM events newest WHERE newest.room = r.id "
             "ORDER BY newest.seq DESC LIMIT 1), 0) "
             "FROM" ROOM_TABLES "WHERE r.public_id = $1");
    if (!row.id(1, id).next())
        return nullptr;
    if (m_rooms.size() >= m_most)
        m_rooms.clear();
    constexpr int first = rooms::roomColumns;
    auto known = std::make_shared<const rookery::Room>(rooms::readRoom(row, m_epoch));
    const Head last = head.value_or(Head{known->lastSeq, 0, row.integerAt(first + 5)});
    const Room room{row.integerAt(first), last.lastSeq, last.lastAt, last.others, row.integerAt(first + 1),
        row.integerAt(first + 2), row.integerAt(first + 3) != 0, row.integerAt(first + 4) != 0,
        std::move(known)};
    return &m_rooms.emplace(id, room).first->second;
}

std::optional<qint64> LogHeads::user(Connection &connection, const QString &id)
{
    if (const auto known = m_users.find(id); known != m_users.end())
        return known->second;
    Statement row = connection.statement("SELECT id FROM users WHERE public_id = $1");
    if (!row.id(1, id).next())
        return std::nullopt;
    if (m_users.size() >= m_most)
        m_users.clear();
    return m_users.emplace(id, row.integerAt(0)).first->second;
}

Role LogHeads::role(Connection &connection, qint64 room, qint64 user)
{
    const auto known = m_roles.constFind({room, user});
    if (known != m_roles.cend())
        return *known;
    if (size_t(m_roles.size()) >= m_most)
        m_roles.clear();
    return *m_roles.insert({room, user}, members::roleOf(connection, room, user));
}

qint64 &LogHeads::marker(Connection &connection, qint64 room, qint64 user)
{
    const MemberKey key{room, user};
    if (const auto known = m_markers.find(key); known != m_markers.end())
        return known->second;
    Statement row =
        connection.statement("SELECT read_seq FROM members WHERE room = $1 AND members.user = $2");
    const bool isMember = row.integer(1, room).integer(2, user).next();
    const qint64 read = !isMember ? noMember : row.isNullAt(0) ? notKnown : row.integerAt(0);
    if (m_markers.size() >= m_most)
        m_markers.clear();
    return m_markers.emplace(key, read).first->second;
}

qint64 LogHeads::now(const Room &room) const
{
    return std::max(QDateTime::currentMSecsSinceEpoch(), room.lastAt);
}

void LogHeads::added(Connection & /*connection*/, Room &room, const RoomEvent &event, qint64 others)
{
    room.lastSeq = event.seq;
    room.others = others;
}

std::optional<LogHeads::Head> LogHeads::lock(Connection & /*connection*/, const QString & /*id*/)
{
    return std::nullopt;
}

void LogHeads::forgetRoom(const QString &id)
{
    m_rooms.erase(id);
}

void LogHeads::forget()
{
    m_rooms.clear();
    m_users.clear();
    m_roles.clear();
    m_markers.clear();
}

} // namespace rookery::store
