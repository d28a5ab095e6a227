// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/selfevent.h"
#include "server/store/queries/logheads.h"
#include "server/store/statement.h"
#include "server/store/store.h"

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

/// Of the user's self stream; 0 where it is empty.
qint64 lastSeq(Connection &connection, const QString &userId);
/// Store::selfEvents().
Result<SelfPage> page(
    Connection &connection, const QString &epoch, const QString &userId, qint64 after, int limit);

} // namespace rookery::store::marks
