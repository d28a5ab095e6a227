// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/eventlog.h"
#include "server/store/statement.h"
#include "server/store/store.h"

/// Members of rooms and their roles, as SQL; called inside a transaction. `epoch` is the database's, Room::epoch
/// of every room.
namespace rookery::store::members {

/// The role of a number in members.role; 0 is no member, -1 is banned.
Role roleOfNumber(qint64 number);
/// The role of a user in a room, by their keys; never Invited.
Role roleOf(Connection &connection, qint64 room, qint64 user);

/// Adds a member that a room begins with: without an event. Does nothing if they are a member already.
void begin(Connection &connection, qint64 room, qint64 user, Role role);
Result<MembershipChange> set(Connection &connection, const QString &epoch, EventLog &log,
    const QString &roomId, const QString &userId, bool member);
/// Adds a member to a room that is public or that the user is invited to.
Result<MembershipChange> join(Connection &connection, const QString &epoch, EventLog &log,
    const QString &roomId, const QString &userId, int mostRooms);
Result<MembershipChange> setRole(
    Connection &connection, const QString &epoch, EventLog &log, const RoleChange &change);
Result<MembersPage> page(Connection &connection, const MembersQuery &query);
/// How many are on a page for which so many were asked.
int pageSize(int limit);
Result<QHash<QString, MembersPage>> firstPages(Connection &connection, const QStringList &roomIds, int limit);
Result<BanPage> bans(Connection &connection, const QString &epoch, const BansQuery &query);
/// The refusal if the user is a member of `most` rooms, not counting direct ones; 0: no limit.
std::optional<Error> tooManyRooms(Connection &connection, qint64 user, int most);

} // namespace rookery::store::members
