// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/selfevent.h"
#include "server/store/queries/logheads.h"
#include "server/store/statement.h"
#include "server/store/store.h"

/// SQL for the seq up to which a member has read a room, of members.read_seq and what the member has sent since: at most
/// marks::ownSpan events are looked through.
#define MARK_OWN(room, user, read_seq)                                                                       \
    "coalesce((SELECT own.seq FROM events own WHERE own.room = " room " AND own.seq > " read_seq             \
    " AND own.seq <= " read_seq " + 256 AND own.sender = " user                                              \
    " AND own.kind = 0 ORDER BY own.seq DESC LIMIT 1), " read_seq ")"
/// SQL for the number of messages after `read`, in which the member has none, that are not deleted; may be negative. Each
/// event counts the ones before it that are no messages, and a deletion comes after what it deletes: at most
/// marks::mostDeletions are looked at.
#define MARK_UNREAD(room, read)                                                                              \
    "coalesce((SELECT e.seq - e.others FROM events e WHERE e.room = " room                                   \
    " ORDER BY e.seq DESC LIMIT 1), 0) - coalesce((SELECT e.seq - e.others FROM events e WHERE e.room "      \
    "= " room " AND e.seq <= " read " ORDER BY e.seq DESC LIMIT 1), 0) - (SELECT count(*) FROM (SELECT 1 "   \
    "FROM events d /*sqlite INDEXED BY events_deletions*/ WHERE d.room = " room " AND d.seq > " read         \
    " AND d.target > " read " AND d.kind = 2 LIMIT 10000) AS counted)"

/// Read markers, unread counts and self streams as SQL; called inside a transaction.
namespace rookery::store::marks {

/// The newest message of a member is at most so many events after their marker in members.read_seq: this bounds
/// what is looked through for it.
constexpr qint64 ownSpan = 256;
/// So many deletions after a marker are counted. Past it the unread count is too high.
constexpr int mostDeletions = 10'000;

/// Of a member whose marker is `readSeq`, in a room that ends at `lastSeq`; keys of the tables.
ReadMark of(Connection &connection, qint64 room, qint64 user, qint64 readSeq, qint64 lastSeq);
/// The same of a room that has been read for this user. Nothing where no marker is known.
std::optional<ReadMark> of(Connection &connection, const Room &room, const QString &userId);

/// Store::markRead(). Ids in their canonical form.
Result<MarkedRead> mark(
    Connection &connection, LogHeads &heads, const QString &roomId, const QString &userId, qint64 seq);
/// A message of the user's is the room's event `seq`: keeps the bound ownSpan.
void noteOwn(Connection &connection, LogHeads &heads, qint64 room, qint64 user, qint64 seq);

/// Store::selfEvents().
Result<SelfPage> page(
    Connection &connection, const QString &epoch, const QString &userId, qint64 after, int limit);

} // namespace rookery::store::marks
