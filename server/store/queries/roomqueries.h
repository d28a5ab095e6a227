// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/connection.h"
#include "server/store/store.h"

/// Rooms and members as SQL; called inside a transaction. `epoch` is the database's, Room::epoch of every
/// room; `userId` is whom Room::member speaks of.
/// As SQL, the number of the newest event of the room `r`. Its log says it; the column is a floor below which
/// no number may be given out again, for when the end of a log is ever removed. Written with every event it
/// would cost a page of its own for each of them where many rooms are busy.
#define ROOM_LAST_SEQ                                                                                        \
    "max(r.last_seq, coalesce("                                                                              \
    "(SELECT newest.seq FROM events newest WHERE newest.room = r.id ORDER BY newest.seq DESC LIMIT 1), 0))"

namespace rookery::store::rooms {

Error notFound();

Result<Room> create(Connection &connection, const QString &epoch, const NewRoom &room);
Result<OpenedRoom> open(
    Connection &connection, const QString &epoch, const NewRoom &room, const QString &userId);
Result<OpenedRoom> openDirect(
    Connection &connection, const QString &epoch, const QString &firstId, const QString &secondId);
Result<Room> find(Connection &connection, const QString &epoch, const QString &id, const QString &skeleton,
    const QString &userId);
Result<Room> findDirect(
    Connection &connection, const QString &epoch, const QString &firstId, const QString &secondId);
Result<RoomsPage> ofUser(Connection &connection, const QString &epoch, const RoomsQuery &query);
Result<Directory> directory(Connection &connection, const QString &epoch, const QString &query,
    const QString &after, int limit, const QString &userId);
Result<MembershipChange> setMember(
    Connection &connection, const QString &epoch, const QString &roomId, const QString &userId, bool member);
/// Of a room that is public or that the user is invited to.
Result<MembershipChange> join(Connection &connection, const QString &epoch, const QString &roomId,
    const QString &userId, int mostRooms);
std::optional<qint64> keyOf(Connection &connection, const QString &roomId);
Result<MembersPage> members(Connection &connection, const MembersQuery &query);

} // namespace rookery::store::rooms
