// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/roomqueries.h"

#include "common/ids.h"
#include "common/pagebounds.h"
#include "server/store/queries/guestqueries.h"
#include "server/store/queries/invitationqueries.h"
#include "server/store/queries/userqueries.h"
#include "server/store/textcheck.h"

#include <QSet>

#include <algorithm>
#include <utility>

// What a room is read from, so that every query reads it the same way (readRoom). $1 is the public id of the
// user that `member` speaks of. The peers come with the row: a list of rooms is one query, not one per room.
#define ROOM_COLUMNS                                                                                         \
    ROOM_COLUMNS_WITH("EXISTS (SELECT 1 FROM members m JOIN users viewer ON viewer.id = m.user "             \
                      "WHERE m.room = r.id AND viewer.public_id = $1)")
// The same of rooms that the user is known to be a member of.
#define ROOM_COLUMNS_OF_MEMBER ROOM_COLUMNS_WITH("1")
#define ROOM_COLUMNS_WITH(member)                                                                            \
    "r.public_id, r.name, r.kind, " ROOM_LAST_SEQ ", " member ", "                                           \
    "low.public_id, low.name, low.guest, high.public_id, high.name, high.guest, r.id"
#define ROOM_TABLES                                                                                          \
    " rooms r LEFT JOIN users low ON low.id = r.direct_low LEFT JOIN users high ON high.id = r.direct_high "

namespace rookery::store::rooms {

namespace {

constexpr int keyColumn = 11;
constexpr int largestPage = 2000;

qint64 kindNumber(RoomKind kind)
{
    switch (kind) {
    case RoomKind::Public:
        return 0;
    case RoomKind::Private:
        return 1;
    case RoomKind::Direct:
        return 2;
    }
    return 1;
}

RoomKind kindOf(qint64 number)
{
    // What is not known is shown to the fewest.
    return number == 0 ? RoomKind::Public : number == 2 ? RoomKind::Direct : RoomKind::Private;
}

QString folded(const QString &name)
{
    return name.toCaseFolded().normalized(QString::NormalizationForm_C);
}

Room readRoom(const Statement &row, const QString &epoch)
{
    Room room;
    room.id = row.idAt(0);
    room.name = row.textAt(1);
    room.kind = kindOf(row.integerAt(2));
    room.epoch = epoch;
    room.lastSeq = row.integerAt(3);
    room.role = row.integerAt(4) != 0 ? Role::Member : Role::None;
    for (int column : {5, 8}) {
        if (row.isNullAt(column))
            continue;
        const User peer{row.idAt(column), row.textAt(column + 1), row.integerAt(column + 2) != 0};
        if (!room.peers.contains(peer))
            room.peers.append(peer);
    }
    return room;
}

std::optional<Room> byKey(Connection &connection, const QString &epoch, qint64 key, const QString &userId)
{
    Statement row = connection.statement("SELECT " ROOM_COLUMNS " FROM" ROOM_TABLES "WHERE r.id = $2");
    if (!row.id(1, userId).integer(2, key).next())
        return std::nullopt;
    return readRoom(row, epoch);
}

std::optional<Room> bySkeleton(
    Connection &connection, const QString &epoch, const QString &skeleton, const QString &userId)
{
    if (skeleton.isEmpty())
        return std::nullopt;
    Statement row = connection.statement(
        "SELECT " ROOM_COLUMNS " FROM" ROOM_TABLES "WHERE r.skeleton = CAST($2 AS TEXT)");
    if (!row.id(1, userId).text(2, skeleton).next())
        return std::nullopt;
    return readRoom(row, epoch);
}

/// The key to read on after, where a page has ended with this id. Of an id that is not there (any more) it is
/// that of the id before it: the answer says nothing about which ids there are.
Result<qint64> placeOf(Connection &connection, const char *byPublicId, const QString &after)
{
    if (after.isEmpty())
        return 0;
    if (!isId(after))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The value of 'after' must be the 'next' of another page."),
            QStringLiteral("after")};
    Statement row = connection.statement(byPublicId);
    return row.id(1, after).next() ? row.integerAt(0) : 0;
}

int addMember(Connection &connection, qint64 room, qint64 user)
{
    return connection
        .statement("INSERT INTO members (room, user, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .integer(1, room)
        .integer(2, user)
        .integer(3, QDateTime::currentMSecsSinceEpoch())
        .run();
}

/// The key of the new room; nothing where its name is taken.
std::optional<qint64> insertNamed(Connection &connection, const NewRoom &room)
{
    Statement insert = connection.statement(
        "INSERT INTO rooms (public_id, kind, name, folded, skeleton, created_at, lookalike) "
        "VALUES ($1, $2, CAST($3 AS TEXT), CAST($4 AS TEXT), nullif(CAST($5 AS TEXT), ''), $6, "
        "nullif(CAST($7 AS TEXT), '')) "
        "ON CONFLICT (skeleton) DO NOTHING RETURNING id");
    insert.id(1, newId())
        .integer(2, kindNumber(room.kind))
        .text(3, room.name)
        .text(4, folded(room.name))
        .text(5, room.skeleton)
        .integer(6, QDateTime::currentMSecsSinceEpoch())
        .text(7, room.lookalike);
    if (!insert.next())
        return std::nullopt;
    return insert.integerAt(0);
}

bool looksLikeAnother(Connection &connection, const QString &lookalike)
{
    if (lookalike.isEmpty())
        return false;
    Statement row = connection.statement("SELECT 1 FROM rooms WHERE lookalike = CAST($1 AS TEXT) LIMIT 1");
    return row.text(1, lookalike).next();
}

/// Where the user is a member of as many rooms as that, direct ones aside.
std::optional<Error> tooManyRooms(Connection &connection, qint64 user, int most)
{
    if (most <= 0)
        return std::nullopt;
    Statement row = connection.statement("SELECT count(*) FROM (SELECT 1 FROM members m JOIN rooms r "
                                         "ON r.id = m.room WHERE m.user = $1 AND r.kind <> 2 LIMIT $2)");
    if (!row.integer(1, user).integer(2, most).next() || row.integerAt(0) < most)
        return std::nullopt;
    return Error{ErrorCode::Forbidden,
        QStringLiteral("You are a member of %1 rooms; leave one of them first (limits.rooms_per_user).")
            .arg(most)};
}

Result<Room> createFor(
    Connection &connection, const QString &epoch, const NewRoom &room, const QString &userId)
{
    if (room.kind == RoomKind::Direct)
        return Error{ErrorCode::InvalidField, QStringLiteral("A direct room is opened with its two users."),
            QStringLiteral("kind")};
    if (auto checked = checkName(room.name, QLatin1String("name")); !checked)
        return checked.error();
    if (auto checked = checkName(room.skeleton, QLatin1String("name")); !checked)
        return checked.error();
    std::optional<users::Row> creator;
    if (!room.creatorId.isEmpty()) {
        creator = users::byId(connection, room.creatorId);
        if (!creator)
            return users::notFound();
        if (const auto problem = tooManyRooms(connection, creator->key, room.mostRooms))
            return *problem;
    }
    if (looksLikeAnother(connection, room.lookalike))
        return Error{ErrorCode::NameTaken,
            QStringLiteral("This room name, or one that looks like it, is already taken.")};
    const auto key = insertNamed(connection, room);
    if (!key)
        return Error{ErrorCode::NameTaken,
            QStringLiteral("This room name, or one that looks like it, is already taken.")};
    if (creator)
        addMember(connection, *key, creator->key);
    const auto stored = byKey(connection, epoch, *key, userId);
    if (!stored)
        return notFound();
    return *stored;
}

} // namespace

Error notFound()
{
    return Error{ErrorCode::NotFound, QStringLiteral("There is no such room.")};
}

std::optional<qint64> keyOf(Connection &connection, const QString &roomId)
{
    Statement row = connection.statement("SELECT id FROM rooms WHERE public_id = $1");
    if (!row.id(1, roomId).next())
        return std::nullopt;
    return row.integerAt(0);
}

Result<Room> create(Connection &connection, const QString &epoch, const NewRoom &room)
{
    return createFor(connection, epoch, room, room.creatorId);
}

Result<OpenedRoom> open(
    Connection &connection, const QString &epoch, const NewRoom &room, const QString &userId)
{
    if (const auto found = bySkeleton(connection, epoch, room.skeleton, userId))
        return OpenedRoom{*found, false};
    auto made = createFor(connection, epoch, room, userId);
    if (!made)
        return made.error();
    return OpenedRoom{std::move(made).value(), true};
}

Result<OpenedRoom> openDirect(
    Connection &connection, const QString &epoch, const QString &firstId, const QString &secondId)
{
    const auto first = users::byId(connection, firstId);
    const auto second = users::byId(connection, secondId);
    if (!first || !second)
        return users::notFound();
    const auto [low, high] = std::minmax(first->key, second->key);
    bool created = false;
    std::optional<qint64> key;
    {
        Statement row =
            connection.statement("SELECT id FROM rooms WHERE direct_low = $1 AND direct_high = $2");
        if (row.integer(1, low).integer(2, high).next())
            key = row.integerAt(0);
    }
    if (!key && invitations::isBlocked(connection, second->key, first->key))
        return invitations::takesNoDirectMessages();
    if (!key) {
        Statement insert = connection.statement(
            "INSERT INTO rooms (public_id, kind, name, folded, direct_low, direct_high, created_at) "
            "VALUES ($1, 2, '', '', $2, $3, $4) RETURNING id");
        insert.id(1, newId())
            .integer(2, low)
            .integer(3, high)
            .integer(4, QDateTime::currentMSecsSinceEpoch());
        if (insert.next())
            key = insert.integerAt(0);
        created = true;
    }
    if (created && key) {
        addMember(connection, *key, low);
        addMember(connection, *key, high);
        guests::keep(connection, low);
        guests::keep(connection, high);
    }
    const auto room = key ? byKey(connection, epoch, *key, firstId) : std::nullopt;
    if (!room)
        return notFound();
    return OpenedRoom{*room, created};
}

Result<Room> find(Connection &connection, const QString &epoch, const QString &id, const QString &skeleton,
    const QString &userId)
{
    {
        Statement row =
            connection.statement("SELECT " ROOM_COLUMNS " FROM" ROOM_TABLES "WHERE r.public_id = $2");
        if (row.id(1, userId).id(2, id).next())
            return readRoom(row, epoch);
    }
    const auto named = bySkeleton(connection, epoch, skeleton, userId);
    if (!named)
        return notFound();
    return *named;
}

Result<Room> findDirect(
    Connection &connection, const QString &epoch, const QString &firstId, const QString &secondId)
{
    const auto first = users::byId(connection, firstId);
    const auto second = users::byId(connection, secondId);
    if (!first || !second)
        return users::notFound();
    const auto [low, high] = std::minmax(first->key, second->key);
    Statement row = connection.statement(
        "SELECT " ROOM_COLUMNS " FROM" ROOM_TABLES "WHERE r.direct_low = $2 AND r.direct_high = $3");
    if (!row.id(1, firstId).integer(2, low).integer(3, high).next())
        return notFound();
    return readRoom(row, epoch);
}

Result<RoomsPage> ofUser(Connection &connection, const QString &epoch, const RoomsQuery &query)
{
    const auto after = placeOf(connection,
        "SELECT id FROM rooms WHERE public_id <= $1 ORDER BY public_id DESC LIMIT 1", query.after);
    if (!after)
        return after.error();
    RoomsPage page;
    const auto user = users::byId(connection, query.userId);
    if (!user)
        return page;
    QSet<QString> known;
    for (const QString &id : query.also) {
        const auto room = find(connection, epoch, id, {}, query.userId);
        if (room && room->isMember() && !known.contains(room->id)) {
            known.insert(room->id);
            page.rooms.append(*room);
        }
    }
    // Along the index members_by_user, whose order is that of the rooms' keys.
    Statement rows = connection.statement(
        "SELECT " ROOM_COLUMNS_OF_MEMBER " FROM members mine CROSS JOIN" ROOM_TABLES
        "WHERE mine.user = $1 AND mine.room > $2 AND r.id = mine.room ORDER BY mine.room LIMIT $3");
    const int count = std::clamp(query.limit, 1, largestPage);
    rows.integer(1, user->key).integer(2, *after).integer(3, count + 1);
    QString last;
    for (int i = 0; rows.next(); ++i) {
        if (i == count) {
            page.next = last;
            break;
        }
        Room room = readRoom(rows, epoch);
        last = room.id;
        if (!known.contains(last))
            page.rooms.append(std::move(room));
    }
    return page;
}

Result<Directory> directory(Connection &connection, const QString &epoch, const QString &query,
    const QString &after, int limit, const QString &userId)
{
    // Along the index rooms_directory, which has all that is looked at, and only so far: a name that is rare
    // among 100,000 is found in some fifty pages, most of them empty, and holds up nobody else meanwhile.
    // instr instead of LIKE: nothing in the query can be a pattern, and case is folded for every script.
    Statement names =
        connection.statement("SELECT r.id, r.name, instr(r.folded, CAST($1 AS TEXT)) > 0 FROM rooms r "
                             "WHERE r.kind = 0 AND (r.folded, r.name) > (CAST($2 AS TEXT), CAST($3 AS TEXT)) "
                             "ORDER BY r.folded, r.name LIMIT $4");
    names.text(1, folded(query)).text(2, folded(after)).text(3, after).integer(4, pages::directoryRows + 1);
    const int count = std::clamp(limit, 1, largestPage);
    QList<qint64> found;
    Directory directory;
    QString last;
    for (int looked = 0; names.next(); ++looked) {
        if (looked == pages::directoryRows || found.size() == count) {
            directory.next = last;
            break;
        }
        last = names.textAt(1);
        if (names.integerAt(2) != 0)
            found.append(names.integerAt(0));
    }
    for (const qint64 key : std::as_const(found)) {
        if (auto room = byKey(connection, epoch, key, userId))
            directory.rooms.append(*std::move(room));
    }
    return directory;
}

Result<MembershipChange> setMember(
    Connection &connection, const QString &epoch, const QString &roomId, const QString &userId, bool member)
{
    const auto room = keyOf(connection, roomId);
    if (!room)
        return notFound();
    const auto user = users::byId(connection, userId);
    if (!user)
        return users::notFound();
    const int changed = member ? addMember(connection, *room, user->key)
                               : connection.statement("DELETE FROM members WHERE room = $1 AND user = $2")
                                     .integer(1, *room)
                                     .integer(2, user->key)
                                     .run();
    const auto seen = byKey(connection, epoch, *room, userId);
    if (!seen)
        return notFound();
    return MembershipChange{
        *seen, user->user, changed > 0, invitations::takeMoot(connection, *room, user->key, member)};
}

Result<MembershipChange> join(
    Connection &connection, const QString &epoch, const QString &roomId, const QString &userId, int mostRooms)
{
    const auto key = keyOf(connection, roomId);
    const auto room = key ? byKey(connection, epoch, *key, userId) : std::nullopt;
    if (!room)
        return notFound();
    const auto user = users::byId(connection, userId);
    if (!user)
        return users::notFound();
    if (!room->isMember()) {
        if (room->kind != RoomKind::Public && !invitations::find(connection, roomId, {}, userId))
            return notFound();
        if (const auto problem = tooManyRooms(connection, user->key, mostRooms))
            return *problem;
    }
    return setMember(connection, epoch, roomId, userId, true);
}

Result<MembersPage> members(Connection &connection, const MembersQuery &query)
{
    const auto after = placeOf(connection,
        "SELECT id FROM users WHERE public_id <= $1 ORDER BY public_id DESC LIMIT 1", query.after);
    if (!after)
        return after.error();
    MembersPage page;
    const auto room = keyOf(connection, query.roomId);
    if (!room)
        return page;
    {
        Statement row = connection.statement("SELECT member_count FROM rooms WHERE id = $1");
        if (row.integer(1, *room).next())
            page.count = row.integerAt(0);
    }
    if (query.limit <= 0)
        return page;
    const int count = std::min(query.limit, largestPage);
    Statement rows = connection.statement(
        "SELECT u.public_id, u.name, u.guest FROM members m CROSS JOIN users u ON u.id = m.user "
        "WHERE m.room = $1 AND m.user > $2 ORDER BY m.user LIMIT $3");
    rows.integer(1, *room).integer(2, *after).integer(3, count + 1);
    while (rows.next()) {
        if (page.users.size() == count) {
            page.next = page.users.last().id;
            break;
        }
        page.users.append(User{rows.idAt(0), rows.textAt(1), rows.integerAt(2) != 0});
    }
    return page;
}

} // namespace rookery::store::rooms
