// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/memberrooms.h"

#include "server/store/queries/markqueries.h"
#include "server/store/queries/roomqueries.h"

#include <QSet>

#include <algorithm>
#include <utility>

namespace rookery::store::rooms {

Result<RoomsPage> ofUser(Connection &connection, const QString &epoch, const RoomsQuery &query)
{
    const auto after = placeOf(connection,
        "SELECT id FROM rooms WHERE public_id <= $1 ORDER BY public_id DESC LIMIT 1", query.after);
    if (!after)
        return after.error();
    RoomsPage page;
    page.epoch = epoch;
    QSet<QString> known;
    for (const QString &id : query.also) {
        const auto room = find(connection, epoch, id, {}, query.userId);
        if (room && room->isMember() && !known.contains(room->id)) {
            known.insert(room->id);
            page.rooms.append(*room);
            if (const auto mark = marks::of(connection, *room, query.userId))
                page.marks.insert(room->id, *mark);
        }
    }
    // Along the index members_by_user, whose order is that of the rooms' keys. A row where there are no rooms, too: the
    // user's.
    Statement rows = connection.statement(
        "SELECT p.*, CASE WHEN p.read_seq IS NULL OR p.own >= p.newest THEN 0 ELSE " MARK_UNREAD("p.room",
            "p.own") " END, me.self_seq "
                     "FROM (SELECT u.id, coalesce((SELECT s.seq FROM self_events s WHERE s.user = u.id "
                     "ORDER BY s.seq DESC LIMIT 1), 0) AS self_seq FROM users u WHERE u.public_id = $1) AS "
                     "me "
                     "LEFT JOIN (SELECT " ROOM_COLUMNS_WITH(
                         "mine.role") ", mine.user AS member, mine.room, mine.read_seq, " MARK_OWN("mine."
                                                                                                   "room",
                         "mine.user", "mine.read_seq") " AS own "
                                                       "FROM members mine CROSS JOIN" ROOM_TABLES
                                                       "WHERE mine.user = (SELECT u.id FROM users u WHERE "
                                                       "u.public_id = $1) "
                                                       "AND mine.room > $2 AND r.id = mine.room ORDER BY "
                                                       "mine.room LIMIT $3) AS p "
                                                       "ON p.member = me.id ORDER BY p.room");
    constexpr int readSeqColumn = roomColumns + 2;
    constexpr int ownColumn = roomColumns + 3;
    constexpr int unreadColumn = roomColumns + 4;
    constexpr int selfColumn = roomColumns + 5;
    const int count = std::clamp(query.limit, 1, largestPage);
    rows.id(1, query.userId).integer(2, *after).integer(3, count + 1);
    QString last;
    for (int i = 0; rows.next(); ++i) {
        page.selfSeq = rows.integerAt(selfColumn);
        if (rows.isNullAt(0))
            break; // no rooms
        if (i == count) {
            page.next = last;
            break;
        }
        Room room = readRoom(rows, epoch);
        last = room.id;
        if (known.contains(last))
            continue;
        if (!rows.isNullAt(readSeqColumn))
            page.marks.insert(
                last, {rows.integerAt(ownColumn), std::max<qint64>(0, rows.integerAt(unreadColumn))});
        page.rooms.append(std::move(room));
    }
    return page;
}

} // namespace rookery::store::rooms
