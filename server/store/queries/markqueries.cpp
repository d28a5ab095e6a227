// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/markqueries.h"

#include "server/store/queries/roomqueries.h"
#include "server/store/queries/userqueries.h"

#include <algorithm>
#include <limits>

namespace rookery::store::marks {

namespace {

static_assert(ownSpan == 256 && mostDeletions == 10'000); // as the macros have it

constexpr int largestPage = 1000;
/// How far back the newest message of a member is looked for whose marker was not known before.
constexpr qint64 firstSpan = 20'000;

/// The newest message of the user after `after` and up to `upTo`; 0: there is none.
qint64 newestOwn(Connection &connection, qint64 room, qint64 user, qint64 after, qint64 upTo)
{
    Statement row = connection.statement("SELECT seq FROM events WHERE room = $1 AND seq > $2 AND seq <= $3 "
                                         "AND sender = $4 AND kind = 0 ORDER BY seq DESC LIMIT 1");
    row.integer(1, room).integer(2, after).integer(3, upTo).integer(4, user);
    return row.next() ? row.integerAt(0) : 0;
}

/// Messages after `after`, in which the user has none, that are not deleted.
qint64 countUnread(Connection &connection, qint64 room, qint64 after)
{
    Statement row = connection.statement("SELECT " MARK_UNREAD("$1", "$2"));
    return row.integer(1, room).integer(2, after).next() ? std::max<qint64>(0, row.integerAt(0)) : 0;
}

/// The stream's event that says this of the room; seq 0 where there is none.
qint64 seqOf(Connection &connection, qint64 user, qint64 room)
{
    Statement row =
        connection.statement("SELECT seq FROM self_events s WHERE s.user = $1 AND kind = 1 AND subject = $2");
    return row.integer(1, user).integer(2, room).next() ? row.integerAt(0) : 0;
}

qint64 lastSeqOf(Connection &connection, qint64 user)
{
    Statement row =
        connection.statement("SELECT seq FROM self_events s WHERE s.user = $1 ORDER BY seq DESC LIMIT 1");
    return row.integer(1, user).next() ? row.integerAt(0) : 0;
}

/// Puts a kind's newest state of a subject at the end of the user's stream.
qint64 put(Connection &connection, qint64 user, int kind, qint64 subject, qint64 at)
{
    const qint64 seq = lastSeqOf(connection, user) + 1;
    connection.statement("DELETE FROM self_events WHERE self_events.user = $1 AND kind = $2 AND subject = $3")
        .integer(1, user)
        .integer(2, kind)
        .integer(3, subject)
        .run();
    connection
        .statement("INSERT INTO self_events (\"user\", seq, kind, subject, at) VALUES ($1, $2, $3, $4, $5)")
        .integer(1, user)
        .integer(2, seq)
        .integer(3, kind)
        .integer(4, subject)
        .integer(5, at)
        .run();
    return seq;
}

void setMarker(Connection &connection, qint64 room, qint64 user, qint64 seq)
{
    connection.statement("UPDATE members SET read_seq = $1 WHERE room = $2 AND members.user = $3")
        .integer(1, seq)
        .integer(2, room)
        .integer(3, user)
        .run();
}

} // namespace

ReadMark of(Connection &connection, qint64 room, qint64 user, qint64 readSeq, qint64 lastSeq)
{
    if (readSeq >= lastSeq)
        return {readSeq, 0};
    const qint64 read = std::max(readSeq, newestOwn(connection, room, user, readSeq, readSeq + ownSpan));
    return {read, read >= lastSeq ? 0 : countUnread(connection, room, read)};
}

std::optional<ReadMark> of(Connection &connection, const Room &room, const QString &userId)
{
    Statement row = connection.statement("SELECT m.room, m.user, m.read_seq FROM members m "
                                         "WHERE m.user = (SELECT u.id FROM users u WHERE u.public_id = $1) "
                                         "AND m.room = (SELECT r.id FROM rooms r WHERE r.public_id = $2)");
    if (!row.id(1, userId).id(2, room.id).next() || row.isNullAt(2))
        return std::nullopt;
    return of(connection, row.integerAt(0), row.integerAt(1), row.integerAt(2), room.lastSeq);
}

Result<MarkedRead> mark(
    Connection &connection, LogHeads &heads, const QString &roomId, const QString &userId, qint64 seq)
{
    const auto *head = heads.room(connection, roomId);
    const auto user = heads.user(connection, userId);
    if (!head)
        return rooms::notFound();
    if (!user)
        return users::notFound();
    qint64 &marker = heads.marker(connection, head->key, *user);
    if (marker == LogHeads::noMember)
        return Error{ErrorCode::NotFound, QStringLiteral("You are not a member of this room.")};
    if (seq < 0 || seq > head->lastSeq)
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field 'seq' must be from 0 to %1, the room's last event.").arg(head->lastSeq),
            QStringLiteral("seq")};
    const bool isKnown = marker != LogHeads::notKnown;
    // Of a marker from before there were any, noteOwn() has not seen to the bound.
    const qint64 own = isKnown
        ? std::max(marker, newestOwn(connection, head->key, *user, marker, marker + ownSpan))
        : newestOwn(connection, head->key, *user, std::max(seq, head->lastSeq - firstSpan), head->lastSeq);
    const bool changed = !isKnown || seq > own;
    const qint64 read = std::max(own, seq);
    SelfEvent event;
    event.timestamp = utcTime(QDateTime::currentMSecsSinceEpoch());
    if (changed) {
        setMarker(connection, head->key, *user, read);
        event.seq =
            put(connection, *user, ReadMarked::number, head->key, event.timestamp.toMSecsSinceEpoch());
    } else {
        event.seq = seqOf(connection, *user, head->key);
    }
    const qint64 unread = read >= head->lastSeq ? 0 : countUnread(connection, head->key, read);
    event.content = ReadMarked{roomId, read, unread, head->lastSeq};
    if (changed)
        marker = read; // last: nothing can be undone any more
    return MarkedRead{std::move(event), changed};
}

void noteOwn(Connection &connection, LogHeads &heads, qint64 room, qint64 user, qint64 seq)
{
    qint64 &marker = heads.marker(connection, room, user);
    if (seq - marker <= ownSpan)
        return;
    try {
        setMarker(connection, room, user, seq);
        marker = seq;
    } catch (const DatabaseError &error) {
        // The message is there all the same, and counts as unread for the one who wrote it.
        if (error.fault != Fault::Statement)
            throw;
    }
}

Result<SelfPage> page(
    Connection &connection, const QString &epoch, const QString &userId, qint64 after, int limit)
{
    SelfPage page;
    page.epoch = epoch;
    const int count = std::clamp(limit, 1, largestPage);
    // A row where the stream has no events, too: its user's.
    Statement rows = connection.statement(
        "SELECT me.newest, p.seq, p.kind, p.at, p.public_id, p.read_seq, p.own, p.newest, "
        "CASE WHEN p.read_seq IS NULL OR p.own >= p.newest THEN 0 ELSE " MARK_UNREAD("p.subject",
            "p.own") " END "
                     "FROM (SELECT u.id, coalesce((SELECT last.seq FROM self_events last WHERE last.user = "
                     "u.id "
                     "ORDER BY last.seq DESC LIMIT 1), 0) AS newest FROM users u WHERE u.public_id = $1) AS "
                     "me "
                     "LEFT JOIN (SELECT s.user AS owner, s.seq, s.kind, s.at, s.subject, r.public_id, "
                     "m.read_seq, " MARK_OWN("m.room", "m.user",
                         "m.read_seq") " AS own, " ROOM_LAST_SEQ " AS newest "
                                       "FROM self_events s LEFT JOIN rooms r ON r.id = s.subject "
                                       "LEFT JOIN members m ON m.room = s.subject AND m.user = s.user "
                                       "WHERE s.user = (SELECT u.id FROM users u WHERE u.public_id = $1) AND "
                                       "s.seq > $2 "
                                       "ORDER BY s.seq LIMIT $3) AS p ON p.owner = me.id ORDER BY p.seq");
    rows.id(1, userId).integer(2, after).integer(3, count + 1);
    if (!rows.next())
        return users::notFound();
    page.lastSeq = page.upTo = rows.integerAt(0);
    qint64 last = after;
    int i = 0;
    do {
        if (rows.isNullAt(1))
            break; // no events
        if (i++ == count) {
            page.hasMore = true;
            page.upTo = last;
            break;
        }
        last = rows.integerAt(1);
        if (rows.integerAt(2) != ReadMarked::number || rows.isNullAt(4) || rows.isNullAt(5))
            continue;
        page.events.append(SelfEvent{last, utcTime(rows.integerAt(3)),
            ReadMarked{
                rows.idAt(4), rows.integerAt(6), std::max<qint64>(0, rows.integerAt(8)), rows.integerAt(7)}});
    } while (rows.next());
    return page;
}

} // namespace rookery::store::marks
