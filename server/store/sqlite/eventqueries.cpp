// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/eventqueries.h"

#include "common/ids.h"
#include "server/store/queries/guestqueries.h"
#include "server/store/queries/invitationqueries.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/queries/userqueries.h"
#include "server/store/textcheck.h"

#include <algorithm>
#include <limits>

#define EVENT_COLUMNS                                                                                        \
    "e.seq, e.id, e.kind, u.public_id, CAST(e.sender_name AS BLOB), u.guest, e.client_id, "                  \
    "CAST(e.text AS BLOB), e.at, e.client_id_capitals"

namespace rookery::store::events {

// CROSS JOIN keeps the order of the tables in SQLite: the range of events first, then one sender for each.
const char *const olderSql = "SELECT " EVENT_COLUMNS " FROM events e CROSS JOIN users u ON u.id = e.sender "
                             "WHERE e.room = $1 AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3";
const char *const newerSql = "SELECT " EVENT_COLUMNS " FROM events e CROSS JOIN users u ON u.id = e.sender "
                             "WHERE e.room = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3";

namespace {

constexpr int largestPage = 1000;
constexpr qint64 messageKind = 0;

/// The spelling that the database answers an id in.
QString canonical(const QString &id)
{
    return isId(id) ? id.toLower() : id;
}

RoomEvent readEvent(const Statement &row, const QString &roomId)
{
    RoomEvent event;
    event.roomId = roomId;
    event.seq = row.integerAt(0);
    event.id = row.idAt(1);
    event.sender = User{row.idAt(3), row.exactTextAt(4), row.integerAt(5) != 0};
    event.clientId = withCapitals(row.idAt(6), quint32(row.integerAt(9)));
    event.content = Posted{row.exactTextAt(7)};
    event.timestamp = utcTime(row.integerAt(8));
    return event;
}

/// The client id is there already: with the same message or with another one.
Result<Appended> explainDuplicate(Connection &connection, qint64 sender, const NewMessage &message)
{
    Statement row = connection.statement(
        "SELECT " EVENT_COLUMNS ", r.public_id FROM events e JOIN users u ON u.id = e.sender "
        "JOIN rooms r ON r.id = e.room WHERE e.sender = $1 AND e.client_id = $2");
    if (row.integer(1, sender).id(2, message.clientId).next()) {
        RoomEvent first = readEvent(row, row.idAt(10));
        // The one who resends looks for the spelling of this attempt.
        first.clientId = message.clientId;
        if (first.roomId == canonical(message.roomId) && first.text() == message.text)
            return Appended{std::move(first), true};
    }
    return Error{ErrorCode::ClientIdReused,
        QStringLiteral("This client_id has been used for another message."), QStringLiteral("client_id")};
}

/// Why the sender may not write in a direct room: one of its two users has blocked the other.
std::optional<Error> blockedFrom(const LogHeads::Room &room, qint64 sender)
{
    const bool isLow = sender == room.low;
    if (isLow ? room.highBlocks : room.lowBlocks)
        return invitations::takesNoDirectMessages();
    if (isLow ? room.lowBlocks : room.highBlocks)
        return Error{ErrorCode::Forbidden,
            QStringLiteral("You have blocked this user. Unblock them to send them direct messages.")};
    return std::nullopt;
}

} // namespace

Result<Appended> append(Connection &connection, LogHeads &heads, const NewMessage &message)
{
    if (auto checked = checkText(message.text, QLatin1String("text")); !checked)
        return checked.error();
    if (auto checked = checkText(message.sender.name, QLatin1String("sender")); !checked)
        return checked.error();
    RoomEvent event;
    event.roomId = canonical(message.roomId);
    event.sender = User{canonical(message.sender.id), message.sender.name, message.sender.guest};
    auto *room = heads.room(connection, event.roomId);
    if (!room)
        return rooms::notFound();
    const auto sender = heads.user(connection, event.sender.id);
    if (!sender)
        return users::notFound();
    if (room->low != 0) {
        if (auto refusal = blockedFrom(*room, *sender)) {
            // What was stored before is answered as ever.
            auto stored = explainDuplicate(connection, *sender, message);
            return stored ? std::move(stored) : Result<Appended>(*std::move(refusal));
        }
    }
    // Before the event, which must not be there where this fails.
    if (event.sender.guest)
        guests::keep(connection, *sender);
    event.seq = room->lastSeq + 1;
    event.id = newId();
    event.clientId = message.clientId;
    event.content = Posted{message.text};
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    event.timestamp = utcTime(now);
    // One row of values, so that SQLite needs no journal of its own for the statement. The index events_once
    // decides whether the client id is new.
    const int added =
        connection
            .statement("INSERT INTO events (room, seq, id, kind, sender, sender_name, client_id, text, at, "
                       "client_id_capitals) "
                       "VALUES ($1, $2, $3, $4, $5, CAST($6 AS TEXT), $7, CAST($8 AS TEXT), $9, $10) "
                       "ON CONFLICT (sender, client_id) DO NOTHING")
            .integer(1, room->key)
            .integer(2, event.seq)
            .id(3, event.id)
            .integer(4, messageKind)
            .integer(5, *sender)
            .text(6, message.sender.name)
            .id(7, message.clientId)
            .text(8, message.text)
            .integer(9, now)
            .integer(10, idCapitals(message.clientId))
            .run();
    if (added == 0)
        return explainDuplicate(connection, *sender, message);
    room->lastSeq = event.seq;
    return Appended{std::move(event), false};
}

Result<Page> page(Connection &connection, const QString &epoch, const PageQuery &query)
{
    if (query.before && query.after)
        return Error{ErrorCode::InvalidRequest, QStringLiteral("Give before or after, not both.")};
    Page page;
    page.epoch = epoch;
    qint64 room = 0;
    {
        Statement row =
            connection.statement("SELECT r.id, " ROOM_LAST_SEQ " FROM rooms r WHERE r.public_id = $1");
        if (!row.id(1, query.roomId).next())
            return rooms::notFound();
        room = row.integerAt(0);
        page.lastSeq = row.integerAt(1);
    }
    // One more than asked for tells whether there is more; none may be asked for.
    const int limit = std::clamp(query.limit, 0, largestPage);
    Statement rows = connection.statement(query.after ? newerSql : olderSql);
    rows.integer(1, room)
        .integer(2, query.after ? *query.after : query.before.value_or(std::numeric_limits<qint64>::max()))
        .integer(3, limit + 1);
    const QString roomId = canonical(query.roomId);
    page.events.reserve(limit);
    qint64 bytes = 0;
    while (rows.next()) {
        if (page.events.size() == limit || bytes >= query.bytes) {
            page.hasMore = true;
            break;
        }
        page.events.append(readEvent(rows, roomId));
        bytes += 2 * page.events.constLast().text().size();
    }
    if (!query.after)
        std::reverse(page.events.begin(), page.events.end());
    return page;
}

} // namespace rookery::store::events
