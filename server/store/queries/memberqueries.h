// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/eventlog.h"
#include "server/store/sqlite/connection.h"
#include "server/store/store.h"

/// Who belongs to which room, and as what, as SQL; called inside a transaction. `epoch` is the database's, Room::epoch
/// of every room.
namespace rookery::store::members {

/// Of its number in members.role, 0 for who is no member and -1 for who is banned.
Role roleOfNumber(qint64 number);
/// What a user is in a room, by their keys: never Invited.
Role roleOf(Connection &connection, qint64 room, qint64 user);

/// With whom a room begins: no event. Nothing where they are a member already.
void begin(Connection &connection, qint64 room, qint64 user, Role role);
Result<MembershipChange> set(Connection &connection, const QString &epoch, EventLog &log,
    const QString &roomId, const QString &userId, bool member);
/// Of a room that is public or that the user is invited to.
Result<MembershipChange> join(Connection &connection, const QString &epoch, EventLog &log,
    const QString &roomId, const QString &userId, int mostRooms);
Result<MembershipChange> setRole(
    Connection &connection, const QString &epoch, EventLog &log, const RoleChange &change);
Result<MembersPage> page(Connection &connection, const MembersQuery &query);
Result<BanPage> bans(Connection &connection, const QString &epoch, const BansQuery &query);
/// Where the user is a member of as many rooms as that, direct ones aside; 0: any number.
std::optional<Error> tooManyRooms(Connection &connection, qint64 user, int most);

} // namespace rookery::store::members
