// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/eventlog.h"
#include "server/store/statement.h"
#include "server/store/store.h"

/// SQL for the seq of the newest event of the room `r`: the last one in its log, or rooms.last_seq if that is greater.
/// The column is a floor below which no seq may be given out again, in case the end of a log is removed. It is not
/// written with every event, which would cost a page more for each of them where many rooms are busy.
#define ROOM_LAST_SEQ                                                                                        \
    "coalesce((SELECT newest.seq FROM events newest WHERE newest.room = r.id AND newest.seq > r.last_seq "   \
    "ORDER BY newest.seq DESC LIMIT 1), r.last_seq)"

/// The columns that readRoom() reads, out of ROOM_TABLES; `role` is the number of a role. The peers come with the row, so
/// that a list of rooms is one query, not one per room.
#define ROOM_COLUMNS_WITH(role)                                                                              \
    "r.public_id, r.name, r.kind, " ROOM_LAST_SEQ " AS newest, " role ", "                                   \
    "low.public_id, low.name, low.guest, high.public_id, high.name, high.guest, r.topic"
#define ROOM_TABLES                                                                                          \
    " rooms r LEFT JOIN users low ON low.id = r.direct_low LEFT JOIN users high ON high.id = r.direct_high "

/// Rooms as SQL; called inside a transaction. `epoch` is the database's, Room::epoch of every room; `userId`
/// is the user whose role Room::role is.
namespace rookery::store::rooms {

/// Rooms in one answer.
inline constexpr int largestPage = 2000;
/// How many columns ROOM_COLUMNS_WITH has.
constexpr int roomColumns = 12;

Error notFound();

Room readRoom(const Row &row, const QString &epoch);
std::optional<Room> byKey(Connection &connection, const QString &epoch, qint64 key, const QString &userId);
/// The key that the next page begins after, if a page ended with this id. If the id is not there (any more), it is that
/// of the id before it, so that the answer does not show which ids there are.
Result<qint64> placeOf(Connection &connection, const char *byPublicId, const QString &after);

Result<Room> create(Connection &connection, const QString &epoch, EventLog &log, const NewRoom &room);
Result<OpenedRoom> open(
    Connection &connection, const QString &epoch, EventLog &log, const NewRoom &room, const QString &userId);
Result<OpenedRoom> openDirect(Connection &connection, const QString &epoch, EventLog &log,
    const QString &firstId, const QString &secondId);
Result<ChangedRoom> change(
    Connection &connection, const QString &epoch, EventLog &log, const RoomChange &change);
Result<Room> find(Connection &connection, const QString &epoch, const QString &id, const QString &skeleton,
    const QString &userId);
Result<Room> findDirect(
    Connection &connection, const QString &epoch, const QString &firstId, const QString &secondId);
Result<Directory> directory(Connection &connection, const QString &epoch, const DirectoryQuery &query);
/// Gives up the names of a private room that nobody can enter any more: it has neither members nor invitations.
void releaseNames(Connection &connection, qint64 key);
Result<QHash<QString, qint64>> heads(Connection &connection, const QStringList &roomIds);
std::optional<qint64> keyOf(Connection &connection, const QString &roomId);

} // namespace rookery::store::rooms
