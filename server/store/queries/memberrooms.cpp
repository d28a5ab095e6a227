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
    page.selfSeq = marks::lastSeq(connection, query.userId);
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
    // Along the index members_by_user, whose order is that of the rooms' keys.
    Statement rows = connection.statement("SELECT " ROOM_COLUMNS_WITH(
        "mine.role") ", r.id, mine.user, mine.read_seq "
                     "FROM members mine CROSS JOIN" ROOM_TABLES
                     "WHERE mine.user = (SELECT u.id FROM users u WHERE u.public_id = $1) "
                     "AND mine.room > $2 AND r.id = mine.room ORDER BY mine.room LIMIT $3");
    const int count = std::clamp(query.limit, 1, largestPage);
    rows.id(1, query.userId).integer(2, *after).integer(3, count + 1);
    QString last;
    for (int i = 0; rows.next(); ++i) {
        if (i == count) {
            page.next = last;
            break;
        }
        Room room = readRoom(rows, epoch);
        last = room.id;
        if (known.contains(last))
            continue;
        if (!rows.isNullAt(roomColumns + 2))
            page.marks.insert(last,
                marks::of(connection, rows.integerAt(roomColumns), rows.integerAt(roomColumns + 1),
                    rows.integerAt(roomColumns + 2), room.lastSeq));
        page.rooms.append(std::move(room));
    }
    return page;
}

} // namespace rookery::store::rooms
