// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/eventlog.h"
#include "server/store/sqlite/connection.h"
#include "server/store/store.h"

/// As SQL, the number of the newest event of the room `r`. Its log says it; the column is a floor below which
/// no number may be given out again, for when the end of a log is ever removed. Written with every event it
/// would cost a page of its own for each of them where many rooms are busy.
#define ROOM_LAST_SEQ                                                                                        \
    "max(r.last_seq, coalesce("                                                                              \
    "(SELECT newest.seq FROM events newest WHERE newest.room = r.id ORDER BY newest.seq DESC LIMIT 1), 0))"

/// What a room is read from (readRoom()), out of ROOM_TABLES, with the number of a role. The peers come with the row:
/// a list of rooms is one query, not one per room.
#define ROOM_COLUMNS_WITH(role)                                                                              \
    "r.public_id, r.name, r.kind, " ROOM_LAST_SEQ ", " role ", "                                             \
    "low.public_id, low.name, low.guest, high.public_id, high.name, high.guest, r.topic"
#define ROOM_TABLES                                                                                          \
    " rooms r LEFT JOIN users low ON low.id = r.direct_low LEFT JOIN users high ON high.id = r.direct_high "

/// Rooms as SQL; called inside a transaction. `epoch` is the database's, Room::epoch of every room; `userId`
/// is whom Room::role speaks of.
namespace rookery::store::rooms {

/// Columns of ROOM_COLUMNS_WITH.
constexpr int roomColumns = 12;

Error notFound();

Room readRoom(const Statement &row, const QString &epoch);
std::optional<Room> byKey(Connection &connection, const QString &epoch, qint64 key, const QString &userId);
/// The key to read on after, where a page has ended with this id. Of an id that is not there (any more) it is
/// that of the id before it: the answer says nothing about which ids there are.
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
Result<RoomsPage> ofUser(Connection &connection, const QString &epoch, const RoomsQuery &query);
Result<Directory> directory(Connection &connection, const QString &epoch, const QString &query,
    const QString &after, int limit, const QString &userId);
Result<QHash<QString, qint64>> heads(Connection &connection, const QStringList &roomIds);
std::optional<qint64> keyOf(Connection &connection, const QString &roomId);

} // namespace rookery::store::rooms
