// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/bulkqueries.h"

#include "common/ids.h"
#include "server/store/postgres/pqarray.h"
#include "server/store/queries/eventqueries.h"
#include "server/store/queries/eventrow.h"
#include "server/store/queries/memberqueries.h"
#include "server/store/queries/roomqueries.h"

#include <optional>
#include <utility>
#include <vector>

namespace rookery::store::postgres {

namespace {

/// What is no id becomes one that no room has, so that the others keep their places.
void addId(PqArray &ids, const QString &id)
{
    ids.add(idBytes(id).value_or(IdBytes()));
}

QByteArray arrayOf(const QStringList &roomIds)
{
    PqArray ids(PqArray::uuid);
    for (const QString &id : roomIds)
        addId(ids, id);
    return ids.take();
}

Result<MissedPages> missed(Connection &connection, const QString &epoch, const MissedQuery &query)
{
    PqArray rooms(PqArray::uuid);
    PqArray seqs(PqArray::bigint);
    for (const MissedQuery::Place &place : query.places) {
        addId(rooms, place.roomId);
        seqs.add(place.after);
    }
    const int share = events::shareOf(query);
    std::vector<std::optional<Page>> pages(size_t(query.places.size()));
    // A row where a room has no events to tell, too.
    Statement rows = connection.statement(
        "SELECT e.*, k.place, " ROOM_LAST_SEQ " FROM unnest(CAST($1 AS uuid[]), CAST($2 AS bigint[])) "
        "WITH ORDINALITY AS k (room, after, place) JOIN rooms r ON r.public_id = k.room "
        "LEFT JOIN users v ON v.public_id = $3 "
        "CROSS JOIN LATERAL (SELECT coalesce((SELECT m.role FROM members m "
        "WHERE m.room = r.id AND m.user = v.id), (SELECT -1 FROM room_bans b "
        "WHERE b.room = r.id AND b.user = v.id), 0) AS number) AS role "
        "LEFT JOIN LATERAL (SELECT " EVENT_COLUMNS " FROM events e JOIN users u ON u.id = e.sender "
        "WHERE e.room = r.id AND e.seq > k.after ORDER BY e.seq LIMIT $4) AS e ON true "
        "WHERE role.number > 0 OR (role.number = 0 AND r.kind = 0) ORDER BY k.place, e.seq");
    rows.blob(1, rooms.take()).blob(2, seqs.take()).id(3, query.viewer).integer(4, share + 1);
    qint64 bytes = 0;
    while (rows.next()) {
        const qint64 at = rows.integerAt(events::eventColumns) - 1;
        auto &page = pages.at(size_t(at));
        if (!page)
            page = Page{epoch, {}, rows.integerAt(events::eventColumns + 1)};
        if (rows.isNullAt(0))
            continue;
        if (page->events.size() == share || bytes >= query.bytes) {
            page->hasMore = true;
            continue;
        }
        page->events.append(events::readEvent(rows, events::canonical(query.places[at].roomId)));
        bytes += events::bytesOf(page->events.constLast());
    }
    MissedPages answers;
    answers.reserve(query.places.size());
    for (auto &page : pages)
        answers.append(page ? Result<Page>(*std::move(page)) : Result<Page>(rooms::notFound()));
    return answers;
}

Result<QHash<QString, MembersPage>> firstMembers(
    Connection &connection, const QStringList &roomIds, int limit)
{
    const int count = members::pageSize(limit);
    QHash<QString, MembersPage> pages;
    pages.reserve(roomIds.size());
    Statement rows = connection.statement(
        "SELECT k.place, r.member_count, m.public_id, m.name, m.guest, m.role "
        "FROM unnest(CAST($1 AS uuid[])) WITH ORDINALITY AS k (room, place) "
        "JOIN rooms r ON r.public_id = k.room "
        "LEFT JOIN LATERAL (SELECT m.user AS key, u.public_id, u.name, u.guest, m.role FROM members m "
        "JOIN users u ON u.id = m.user WHERE m.room = r.id ORDER BY m.user LIMIT $2) AS m ON true "
        "ORDER BY k.place, m.key");
    rows.blob(1, arrayOf(roomIds)).integer(2, count + 1);
    while (rows.next()) {
        MembersPage &page = pages[roomIds[rows.integerAt(0) - 1]];
        page.count = rows.integerAt(1);
        if (rows.isNullAt(2))
            continue;
        if (page.users.size() == count) {
            page.next = page.users.last().id;
            continue;
        }
        page.users.append(User{rows.idAt(2), rows.textAt(3), rows.integerAt(4) != 0});
        page.roles.append(members::roleOfNumber(rows.integerAt(5)));
    }
    return pages;
}

Result<QHash<QString, qint64>> heads(Connection &connection, const QStringList &roomIds)
{
    QHash<QString, qint64> heads;
    heads.reserve(roomIds.size());
    Statement rows = connection.statement(
        "SELECT heads.place, " ROOM_LAST_SEQ " FROM unnest(CAST($1 AS uuid[])) WITH ORDINALITY "
        "AS heads (room, place) JOIN rooms r ON r.public_id = heads.room");
    rows.blob(1, arrayOf(roomIds));
    while (rows.next())
        heads.insert(roomIds[rows.integerAt(0) - 1], rows.integerAt(1));
    return heads;
}

} // namespace

const BulkReads bulkReads{&missed, &firstMembers, &heads, true};

} // namespace rookery::store::postgres
