// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/memberqueries.h"

#include "common/ids.h"
#include "server/store/queries/invitationqueries.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/queries/userqueries.h"
#include "server/store/textcheck.h"

#include <algorithm>

namespace rookery::store::members {

namespace {

constexpr int largestPage = 2000;
/// Ids grow with the keys, so that a page goes on behind a user who has been deleted meanwhile.
constexpr const char *placeOfUser =
    "SELECT id FROM users WHERE public_id <= $1 ORDER BY public_id DESC LIMIT 1";

qint64 numberOf(Role role)
{
    return role == Role::Owner ? 3 : role == Role::Moderator ? 2 : 1;
}

Error isBanned()
{
    return {ErrorCode::Forbidden, QStringLiteral("You are banned from this room.")};
}

qint64 now()
{
    return QDateTime::currentMSecsSinceEpoch();
}

/// How many owners the room has.
int countOwners(Connection &connection, qint64 room)
{
    // Along the index members_by_role, which holds the roles above 1.
    Statement row =
        connection.statement("SELECT count(*) FROM members WHERE room = $1 AND role > 1 AND role = 3");
    return row.integer(1, room).next() ? int(row.integerAt(0)) : 0;
}

void noteOwner(Connection &connection, qint64 room)
{
    connection.statement("UPDATE rooms SET owned = 1 WHERE id = $1 AND owned = 0").integer(1, room).run();
}

/// What somebody becomes who joins: the owner, where a room that had one has nobody any more.
Role roleOfNewcomer(Connection &connection, qint64 room, const User &user)
{
    if (user.guest)
        return Role::Member;
    Statement row =
        connection.statement("SELECT 1 FROM rooms WHERE id = $1 AND owned = 1 AND member_count = 0");
    return row.integer(1, room).next() ? Role::Owner : Role::Member;
}

void update(Connection &connection, qint64 room, qint64 user, Role role)
{
    connection.statement("UPDATE members SET role = $1 WHERE room = $2 AND members.user = $3")
        .integer(1, numberOf(role))
        .integer(2, room)
        .integer(3, user)
        .run();
    if (role == Role::Owner)
        noteOwner(connection, room);
}

void remove(Connection &connection, qint64 room, qint64 user)
{
    connection.statement("DELETE FROM members WHERE room = $1 AND members.user = $2")
        .integer(1, room)
        .integer(2, user)
        .run();
}

void ban(Connection &connection, qint64 room, qint64 user, qint64 actor)
{
    connection
        .statement(
            R"(INSERT INTO room_bans (room, "user", by, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING)")
        .integer(1, room)
        .integer(2, user)
        .integer(3, actor)
        .integer(4, now())
        .run();
}

void liftBan(Connection &connection, qint64 room, qint64 user)
{
    connection.statement("DELETE FROM room_bans WHERE room = $1 AND room_bans.user = $2")
        .integer(1, room)
        .integer(2, user)
        .run();
}

/// Key and role of the next owner of a room that has none left: the moderator who has been a member for longest, else
/// the member. Never a guest: guests are deleted, and the room would have no owner again.
std::optional<std::pair<qint64, Role>> successor(Connection &connection, qint64 room)
{
    static constexpr const char *const moderators =
        "SELECT m.user FROM members m WHERE m.room = $1 AND m.role > 1 AND m.role = 2 "
        "AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = m.user AND u.guest = 1) "
        "ORDER BY m.since, m.user LIMIT 1";
    static constexpr const char *const anybody =
        "SELECT m.user FROM members m WHERE m.room = $1 "
        "AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = m.user AND u.guest = 1) "
        "ORDER BY m.since, m.user LIMIT 1";
    {
        Statement row = connection.statement(moderators);
        if (row.integer(1, room).next())
            return std::pair(row.integerAt(0), Role::Moderator);
    }
    Statement row = connection.statement(anybody);
    if (row.integer(1, room).next())
        return std::pair(row.integerAt(0), Role::Member);
    return std::nullopt;
}

/// A change of a role that is allowed.
struct Step
{
    qint64 room = 0;
    QString roomId;
    users::Row actor;
    users::Row user;
    Role before = Role::None;
    Role role = Role::None;
};

void write(Connection &connection, const Step &step)
{
    const bool wasMember = isMember(step.before);
    if (isMember(step.role) && wasMember)
        update(connection, step.room, step.user.key, step.role);
    else if (isMember(step.role))
        begin(connection, step.room, step.user.key, step.role);
    else if (wasMember)
        remove(connection, step.room, step.user.key);
    if (step.before == Role::Banned)
        liftBan(connection, step.room, step.user.key);
    if (step.role == Role::Banned)
        ban(connection, step.room, step.user.key, step.actor.key);
}

Result<MembershipChange> answer(Connection &connection, const QString &epoch, const Step &step)
{
    auto room = rooms::byKey(connection, epoch, step.room, step.user.user.id);
    if (!room)
        return rooms::notFound();
    auto ended = invitations::takeMoot(connection, step.room, step.user.key, isMember(step.role));
    if (step.role == Role::Banned)
        ended += invitations::takeMoot(connection, step.room, step.user.key, true);
    return MembershipChange{*std::move(room), step.user.user, step.before != step.role, std::move(ended)};
}

Result<MembershipChange> carryOut(
    Connection &connection, const QString &epoch, EventLog &log, const Step &step)
{
    write(connection, step);
    log.add(step.roomId, step.actor.user, newId(), MemberChanged{step.user.user, step.before, step.role});
    if (step.before == Role::Owner && !isMember(step.role) && countOwners(connection, step.room) == 0) {
        if (const auto next = successor(connection, step.room)) {
            update(connection, step.room, next->first, Role::Owner);
            if (const auto user = users::byKey(connection, next->first))
                log.add(step.roomId, step.actor.user, newId(),
                    MemberChanged{user->user, next->second, Role::Owner});
        }
    }
    auto change = answer(connection, epoch, step);
    if (!isMember(step.role))
        rooms::releaseNames(connection, step.room);
    return change;
}

} // namespace

Role roleOfNumber(qint64 number)
{
    switch (number) {
    case -1:
        return Role::Banned;
    case 1:
        return Role::Member;
    case 2:
        return Role::Moderator;
    case 3:
        return Role::Owner;
    default:
        return Role::None;
    }
}

Role roleOf(Connection &connection, qint64 room, qint64 user)
{
    Statement row = connection.statement(
        "SELECT coalesce((SELECT m.role FROM members m WHERE m.room = $1 AND m.user = $2), "
        "(SELECT -1 FROM room_bans ban WHERE ban.room = $1 AND ban.user = $2), 0)");
    return row.integer(1, room).integer(2, user).next() ? roleOfNumber(row.integerAt(0)) : Role::None;
}

void begin(Connection &connection, qint64 room, qint64 user, Role role)
{
    // What was there before is not unread.
    connection
        .statement(R"(INSERT INTO members (room, "user", since, role, read_seq) )"
                   "SELECT r.id, $1, $2, $3, " ROOM_LAST_SEQ " FROM rooms r WHERE r.id = $4 "
                   "ON CONFLICT DO NOTHING")
        .integer(1, user)
        .integer(2, now())
        .integer(3, numberOf(role))
        .integer(4, room)
        .run();
    if (role == Role::Owner)
        noteOwner(connection, room);
}

Result<MembershipChange> set(Connection &connection, const QString &epoch, EventLog &log,
    const QString &roomId, const QString &userId, bool member)
{
    const auto room = rooms::keyOf(connection, roomId);
    if (!room)
        return rooms::notFound();
    const auto user = users::byId(connection, userId);
    if (!user)
        return users::notFound();
    Step step{*room, roomId.toLower(), *user, *user, roleOf(connection, *room, user->key), Role::None};
    if (member && step.before == Role::Banned)
        return isBanned();
    // There is no membership to end of a user who is no member; a ban stays.
    if (member != isMember(step.before))
        step.role = member ? roleOfNewcomer(connection, *room, user->user) : Role::None;
    else
        step.role = step.before;
    return step.role == step.before ? answer(connection, epoch, step)
                                    : carryOut(connection, epoch, log, step);
}

Result<MembershipChange> join(Connection &connection, const QString &epoch, EventLog &log,
    const QString &roomId, const QString &userId, int mostRooms)
{
    const auto key = rooms::keyOf(connection, roomId);
    const auto room = key ? rooms::byKey(connection, epoch, *key, userId) : std::nullopt;
    if (!room)
        return rooms::notFound();
    const auto user = users::byId(connection, userId);
    if (!user)
        return users::notFound();
    if (!room->isMember()) {
        if (room->kind != RoomKind::Public
            && (room->role == Role::Banned || !invitations::find(connection, roomId, {}, userId)))
            return rooms::notFound();
        if (room->role == Role::Banned)
            return isBanned();
        if (const auto problem = tooManyRooms(connection, user->key, mostRooms))
            return *problem;
    }
    return set(connection, epoch, log, roomId, userId, true);
}

Result<MembershipChange> setRole(
    Connection &connection, const QString &epoch, EventLog &log, const RoleChange &change)
{
    if (change.role == Role::Invited)
        return Error{ErrorCode::InvalidField, QStringLiteral("Users are invited, not made so."),
            QStringLiteral("role")};
    if (auto checked = checkText(change.actor.name, QLatin1String("sender")); !checked)
        return checked.error();
    const auto key = rooms::keyOf(connection, change.roomId);
    const auto room = key ? rooms::byKey(connection, epoch, *key, change.actor.id) : std::nullopt;
    if (!room)
        return rooms::notFound();
    auto actor = users::byId(connection, change.actor.id);
    const auto user = users::byId(connection, change.userId);
    if (!actor || !user)
        return users::notFound();
    if (room->kind == RoomKind::Direct)
        return Error{ErrorCode::Forbidden, QStringLiteral("A direct conversation has no roles.")};
    actor->user.name = change.actor.name;
    const Step step{*key, room->id, *actor, *user, roleOf(connection, *key, user->key), change.role};
    if (change.rule) {
        const RoleFacts facts{
            room->kind, room->role, step.before, actor->key == user->key, countOwners(connection, *key)};
        if (const auto refusal = change.rule(facts))
            return *refusal;
    }
    if (step.role != Role::Banned && !isMember(step.before)
        && !(step.role == Role::None && step.before == Role::Banned))
        return Error{ErrorCode::NotFound, QStringLiteral("This user is not a member of the room.")};
    return step.role == step.before ? answer(connection, epoch, step)
                                    : carryOut(connection, epoch, log, step);
}

std::optional<Error> tooManyRooms(Connection &connection, qint64 user, int most)
{
    if (most <= 0)
        return std::nullopt;
    Statement row =
        connection.statement("SELECT count(*) FROM (SELECT 1 FROM members m JOIN rooms r "
                             "ON r.id = m.room WHERE m.user = $1 AND r.kind <> 2 LIMIT $2) AS bounded");
    if (!row.integer(1, user).integer(2, most).next() || row.integerAt(0) < most)
        return std::nullopt;
    return Error{ErrorCode::Forbidden,
        QStringLiteral("You are a member of %1 rooms; leave one of them first (limits.rooms_per_user).")
            .arg(most)};
}

Result<MembersPage> page(Connection &connection, const MembersQuery &query)
{
    const auto after = rooms::placeOf(connection, placeOfUser, query.after);
    if (!after)
        return after.error();
    MembersPage page;
    const auto room = rooms::keyOf(connection, query.roomId);
    if (!room)
        return page;
    {
        Statement row = connection.statement("SELECT member_count FROM rooms WHERE id = $1");
        if (row.integer(1, *room).next())
            page.count = row.integerAt(0);
    }
    if (query.limit <= 0)
        return page;
    const int count = pageSize(query.limit);
    Statement rows =
        connection.statement("SELECT u.public_id, u.name, u.guest, m.role FROM members m CROSS JOIN users u "
                             "WHERE u.id = m.user AND m.room = $1 AND m.user > $2 ORDER BY m.user LIMIT $3");
    rows.integer(1, *room).integer(2, *after).integer(3, count + 1);
    while (rows.next()) {
        if (page.users.size() == count) {
            page.next = page.users.last().id;
            break;
        }
        page.users.append(User{rows.idAt(0), rows.textAt(1), rows.integerAt(2) != 0});
        page.roles.append(roleOfNumber(rows.integerAt(3)));
    }
    return page;
}

int pageSize(int limit)
{
    return std::min(limit, largestPage);
}

Result<QHash<QString, MembersPage>> firstPages(Connection &connection, const QStringList &roomIds, int limit)
{
    QHash<QString, MembersPage> pages;
    pages.reserve(roomIds.size());
    for (const QString &roomId : roomIds) {
        if (!rooms::keyOf(connection, roomId))
            continue;
        auto read = page(connection, {roomId, {}, limit});
        if (!read)
            return read.error();
        pages.insert(roomId, *std::move(read));
    }
    return pages;
}

Result<BanPage> bans(Connection &connection, const QString &epoch, const BansQuery &query)
{
    const auto after = rooms::placeOf(connection, placeOfUser, query.after);
    if (!after)
        return after.error();
    const auto key = rooms::keyOf(connection, query.roomId);
    const auto room = key ? rooms::byKey(connection, epoch, *key, query.viewerId) : std::nullopt;
    if (!room)
        return rooms::notFound();
    if (query.rule) {
        if (const auto refusal = query.rule(room->kind, room->role))
            return *refusal;
    }
    BanPage page;
    const int count = std::clamp(query.limit, 1, largestPage);
    Statement rows = connection.statement(
        "SELECT u.public_id, u.name, u.guest, a.public_id, a.name, a.guest, ban.at FROM room_bans ban "
        "CROSS JOIN users u CROSS JOIN users a WHERE u.id = ban.user AND a.id = ban.by "
        "AND ban.room = $1 AND ban.user > $2 ORDER BY ban.user LIMIT $3");
    rows.integer(1, *key).integer(2, *after).integer(3, count + 1);
    while (rows.next()) {
        if (page.bans.size() == count) {
            page.next = page.bans.constLast().user.id;
            break;
        }
        page.bans.append(Ban{User{rows.idAt(0), rows.textAt(1), rows.integerAt(2) != 0},
            User{rows.idAt(3), rows.textAt(4), rows.integerAt(5) != 0}, utcTime(rows.integerAt(6))});
    }
    return page;
}

} // namespace rookery::store::members
