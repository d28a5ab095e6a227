// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/roomqueries.h"

#include "common/ids.h"
#include "common/pagebounds.h"
#include "server/store/queries/guestqueries.h"
#include "server/store/queries/invitationqueries.h"
#include "server/store/queries/memberqueries.h"
#include "server/store/queries/userqueries.h"
#include "server/store/textcheck.h"

#include <algorithm>
#include <utility>

// $1 is the public id of the user that `role` speaks of: members::roleOfNumber().
#define ROOM_COLUMNS                                                                                         \
    ROOM_COLUMNS_WITH("coalesce((SELECT m.role FROM users viewer CROSS JOIN members m "                      \
                      "WHERE viewer.public_id = $1 AND m.room = r.id AND m.user = viewer.id), "              \
                      "(SELECT -1 FROM users viewer CROSS JOIN room_bans ban "                               \
                      "WHERE viewer.public_id = $1 AND ban.room = r.id AND ban.user = viewer.id), 0)")

namespace rookery::store::rooms {

namespace {

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
    // A room of an unknown kind is shown to as few as possible.
    return number == 0 ? RoomKind::Public : number == 2 ? RoomKind::Direct : RoomKind::Private;
}

QString folded(const QString &name)
{
    return name.toCaseFolded().normalized(QString::NormalizationForm_C);
}

std::optional<Room> bySkeleton(
    Connection &connection, const QString &epoch, const QString &skeleton, const QString &userId)
{
    if (skeleton.isEmpty() || !isStorable(skeleton))
        return std::nullopt;
    {
        Statement row = connection.statement(
            "SELECT " ROOM_COLUMNS " FROM" ROOM_TABLES "WHERE r.skeleton = CAST($2 AS TEXT)");
        if (row.id(1, userId).text(2, skeleton).next())
            return readRoom(row, epoch);
    }
    Statement former = connection.statement(
        "SELECT " ROOM_COLUMNS " FROM" ROOM_TABLES
        "WHERE r.id = (SELECT f.room FROM former_room_names f WHERE f.skeleton = CAST($2 AS TEXT))");
    if (!former.id(1, userId).text(2, skeleton).next())
        return std::nullopt;
    return readRoom(former, epoch);
}

/// The key of the new room; nothing if its name is taken.
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

Error nameTaken()
{
    return Error{
        ErrorCode::NameTaken, QStringLiteral("This room name, or one that looks like it, is already taken.")};
}

/// Whether another room than that of this key (0: any room) has, or had, a name that looks like this.
bool looksLikeAnother(Connection &connection, const QString &lookalike, qint64 key)
{
    if (lookalike.isEmpty())
        return false;
    {
        Statement row = connection.statement(
            "SELECT 1 FROM rooms WHERE lookalike = CAST($1 AS TEXT) AND id <> $2 LIMIT 1");
        if (row.text(1, lookalike).integer(2, key).next())
            return true;
    }
    Statement row = connection.statement(
        "SELECT 1 FROM former_room_names WHERE lookalike = CAST($1 AS TEXT) AND room <> $2 LIMIT 1");
    return row.text(1, lookalike).integer(2, key).next();
}

/// Whether another room than that of this key (0: any room) had this name before.
bool wasAnothers(Connection &connection, const QString &skeleton, qint64 key)
{
    Statement row = connection.statement(
        "SELECT 1 FROM former_room_names WHERE skeleton = CAST($1 AS TEXT) AND room <> $2");
    return row.text(1, skeleton).integer(2, key).next();
}

/// Keeps the present name of the room, which gets one with the skeleton `next`. Forbidden past mostFormerNames.
std::optional<Error> keepName(Connection &connection, qint64 key, const QString &next)
{
    QString name;
    QString skeleton;
    QString lookalike;
    {
        Statement row = connection.statement("SELECT name, skeleton, lookalike FROM rooms WHERE id = $1");
        if (!row.integer(1, key).next() || row.isNullAt(1))
            return std::nullopt;
        name = row.textAt(0);
        skeleton = row.textAt(1);
        lookalike = row.textAt(2);
    }
    if (skeleton == next)
        return std::nullopt;
    {
        Statement row = connection.statement(
            "SELECT count(*) FROM former_room_names WHERE room = $1 AND skeleton <> CAST($2 AS TEXT)");
        if (row.integer(1, key).text(2, next).next() && row.integerAt(0) >= mostFormerNames)
            return Error{ErrorCode::Forbidden,
                QStringLiteral("This room keeps the %1 names that it has had; it can get one of them back, "
                               "and no other.")
                    .arg(mostFormerNames),
                QStringLiteral("name")};
    }
    connection.statement("DELETE FROM former_room_names WHERE skeleton = CAST($1 AS TEXT) AND room = $2")
        .text(1, next)
        .integer(2, key)
        .run();
    connection
        .statement("INSERT INTO former_room_names (skeleton, name, lookalike, room) "
                   "VALUES (CAST($1 AS TEXT), CAST($2 AS TEXT), nullif(CAST($3 AS TEXT), ''), $4)")
        .text(1, skeleton)
        .text(2, name)
        .text(3, lookalike)
        .integer(4, key)
        .run();
    return std::nullopt;
}

/// Adds a user that a new room begins with.
void beginWith(Connection &connection, const QString &epoch, EventLog &log, qint64 key,
    const users::Row &user, Role role)
{
    members::begin(connection, key, user.key, role);
    if (auto room = byKey(connection, epoch, key, user.user.id))
        log.joined(*std::move(room), user.user);
}

Result<Nothing> checkChange(const RoomChange &change)
{
    if (auto checked = checkText(change.actor.name, QLatin1String("sender")); !checked)
        return checked;
    if (change.name) {
        for (const QString &name : {change.name->name, change.name->skeleton, change.name->lookalike}) {
            if (auto checked = checkName(name, QLatin1String("name")); !checked)
                return checked;
        }
    }
    if (change.topic) {
        if (auto checked = checkName(*change.topic, QLatin1String("topic")); !checked)
            return checked;
    }
    return Nothing();
}

/// Whether this event is what the same change made when it was called before.
bool isTheSame(const RoomEvent &event, const QString &roomId, const RoomChange &change)
{
    const auto *changed = event.as<RoomChanged>();
    // The event leaves out what was so already.
    return changed && event.roomId == roomId
        && (!changed->name || (change.name && change.name->name == *changed->name))
        && (!changed->topic || change.topic == changed->topic);
}

/// NameTaken where another room has, or had, this name or one that looks like it; Forbidden past mostFormerNames.
std::optional<Error> rename(Connection &connection, qint64 key, const RoomChange::Name &name)
{
    if (looksLikeAnother(connection, name.lookalike, key) || wasAnothers(connection, name.skeleton, key))
        return nameTaken();
    {
        Statement row =
            connection.statement("SELECT 1 FROM rooms WHERE skeleton = CAST($1 AS TEXT) AND id <> $2");
        if (row.text(1, name.skeleton).integer(2, key).next())
            return nameTaken();
    }
    if (const auto problem = keepName(connection, key, name.skeleton))
        return problem;
    connection
        .statement("UPDATE rooms SET name = CAST($1 AS TEXT), folded = CAST($2 AS TEXT), "
                   "skeleton = nullif(CAST($3 AS TEXT), ''), lookalike = nullif(CAST($4 AS TEXT), '') "
                   "WHERE id = $5")
        .text(1, name.name)
        .text(2, folded(name.name))
        .text(3, name.skeleton)
        .text(4, name.lookalike)
        .integer(5, key)
        .run();
    return std::nullopt;
}

Result<Room> createFor(
    Connection &connection, const QString &epoch, EventLog &log, const NewRoom &room, const QString &userId)
{
    if (room.kind == RoomKind::Direct)
        return Error{ErrorCode::InvalidField, QStringLiteral("A direct room is opened with its two users."),
            QStringLiteral("kind")};
    for (const QString &name : {room.name, room.skeleton, room.lookalike}) {
        if (auto checked = checkName(name, QLatin1String("name")); !checked)
            return checked.error();
    }
    std::optional<users::Row> creator;
    if (!room.creatorId.isEmpty()) {
        creator = users::byId(connection, room.creatorId);
        if (!creator)
            return users::notFound();
        if (const auto problem = members::tooManyRooms(connection, creator->key, room.mostRooms))
            return *problem;
    }
    if (looksLikeAnother(connection, room.lookalike, 0) || wasAnothers(connection, room.skeleton, 0))
        return nameTaken();
    const auto key = insertNamed(connection, room);
    if (!key)
        return nameTaken();
    if (creator)
        beginWith(connection, epoch, log, *key, *creator, Role::Owner);
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

Room readRoom(const Row &row, const QString &epoch)
{
    Room room;
    room.id = row.idAt(0);
    room.name = row.textAt(1);
    room.kind = kindOf(row.integerAt(2));
    room.epoch = epoch;
    room.lastSeq = row.integerAt(3);
    room.role = members::roleOfNumber(row.integerAt(4));
    for (int column : {5, 8}) {
        if (row.isNullAt(column))
            continue;
        const User peer{row.idAt(column), row.textAt(column + 1), row.integerAt(column + 2) != 0};
        if (!room.peers.contains(peer))
            room.peers.append(peer);
    }
    room.topic = row.textAt(11);
    return room;
}

std::optional<Room> byKey(Connection &connection, const QString &epoch, qint64 key, const QString &userId)
{
    Statement row = connection.statement("SELECT " ROOM_COLUMNS " FROM" ROOM_TABLES "WHERE r.id = $2");
    if (!row.id(1, userId).integer(2, key).next())
        return std::nullopt;
    return readRoom(row, epoch);
}

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

std::optional<qint64> keyOf(Connection &connection, const QString &roomId)
{
    Statement row = connection.statement("SELECT id FROM rooms WHERE public_id = $1");
    if (!row.id(1, roomId).next())
        return std::nullopt;
    return row.integerAt(0);
}

Result<Room> create(Connection &connection, const QString &epoch, EventLog &log, const NewRoom &room)
{
    return createFor(connection, epoch, log, room, room.creatorId);
}

Result<OpenedRoom> open(
    Connection &connection, const QString &epoch, EventLog &log, const NewRoom &room, const QString &userId)
{
    if (const auto found = bySkeleton(connection, epoch, room.skeleton, userId))
        return OpenedRoom{*found, false};
    auto made = createFor(connection, epoch, log, room, userId);
    if (!made)
        return made.error();
    return OpenedRoom{std::move(made).value(), true};
}

Result<OpenedRoom> openDirect(Connection &connection, const QString &epoch, EventLog &log,
    const QString &firstId, const QString &secondId)
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
        guests::keep(connection, low);
        guests::keep(connection, high);
        beginWith(connection, epoch, log, *key, *first, Role::Member);
        if (low != high)
            beginWith(connection, epoch, log, *key, *second, Role::Member);
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

void releaseNames(Connection &connection, qint64 key)
{
    {
        Statement released = connection.statement(
            "UPDATE rooms SET skeleton = NULL, lookalike = NULL "
            "WHERE id = $1 AND kind = 1 AND member_count = 0 "
            "AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.room = rooms.id) RETURNING id");
        if (!released.integer(1, key).next())
            return;
    }
    connection.statement("DELETE FROM former_room_names WHERE room = $1").integer(1, key).run();
}

Result<Directory> directory(Connection &connection, const QString &epoch, const DirectoryQuery &query)
{
    if (auto checked = checkText(query.after, QLatin1String("after")); !checked)
        return checked.error();
    if (!isStorable(query.name))
        return Directory();
    const auto viewer = query.banned ? std::optional<users::Row>() : users::byId(connection, query.viewerId);
    // Along the index rooms_directory, which has all columns that are looked at, and only so far: a rare name among
    // 100,000 is found in some fifty pages, most of them empty, and holds up nobody else meanwhile.
    // replace() finds texts inside others on every database: nothing in the query can be a pattern, and case is
    // folded for every script. A room that the viewer is banned from must not even be the place where a page ends.
    Statement names = connection.statement(
        "SELECT r.id, r.name, CASE WHEN CAST($1 AS TEXT) = '' "
        "OR replace(r.folded, CAST($1 AS TEXT), '') <> r.folded THEN 1 ELSE 0 END "
        "FROM rooms r WHERE r.kind = 0 AND (r.folded, r.name) > (CAST($2 AS TEXT), CAST($3 AS TEXT)) "
        "AND NOT EXISTS (SELECT 1 FROM room_bans ban WHERE ban.room = r.id AND ban.user = $4) "
        "ORDER BY r.folded, r.name LIMIT $5");
    names.text(1, folded(query.name))
        .text(2, folded(query.after))
        .text(3, query.after)
        .integer(4, viewer ? viewer->key : 0)
        .integer(5, pages::directoryRows + 1);
    const int count = std::clamp(query.limit, 1, largestPage);
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
        if (auto room = byKey(connection, epoch, key, query.viewerId))
            directory.rooms.append(*std::move(room));
    }
    return directory;
}

Result<ChangedRoom> change(
    Connection &connection, const QString &epoch, EventLog &log, const RoomChange &change)
{
    if (auto checked = checkChange(change); !checked)
        return checked.error();
    const auto key = keyOf(connection, change.roomId);
    auto room = key ? byKey(connection, epoch, *key, change.actor.id) : std::nullopt;
    if (!room)
        return notFound();
    auto actor = users::byId(connection, change.actor.id);
    if (!actor)
        return users::notFound();
    actor->user.name = change.actor.name;
    if (const auto known = log.find(change.actor.id, change.clientId)) {
        if (!isTheSame(*known, room->id, change))
            return Error{ErrorCode::ClientIdReused,
                QStringLiteral("This client_id has been used for something else."),
                QStringLiteral("client_id")};
        return ChangedRoom{*std::move(room), false};
    }
    if (room->kind == RoomKind::Direct)
        return Error{
            ErrorCode::Forbidden, QStringLiteral("A direct conversation has neither a name nor a topic.")};
    if (change.rule) {
        if (const auto refusal = change.rule(room->kind, room->role))
            return *refusal;
    }
    RoomChanged changed;
    if (change.name && change.name->name != room->name)
        changed.name = change.name->name;
    if (change.topic && *change.topic != room->topic)
        changed.topic = change.topic;
    if (!changed.name && !changed.topic)
        return ChangedRoom{*std::move(room), false};
    if (changed.name) {
        if (const auto problem = rename(connection, *key, *change.name))
            return *problem;
    }
    if (changed.topic)
        connection.statement("UPDATE rooms SET topic = CAST($1 AS TEXT) WHERE id = $2")
            .text(1, *changed.topic)
            .integer(2, *key)
            .run();
    log.add(room->id, actor->user, change.clientId, std::move(changed));
    room = byKey(connection, epoch, *key, change.actor.id);
    return room ? Result<ChangedRoom>(ChangedRoom{*std::move(room), true}) : notFound();
}

Result<QHash<QString, qint64>> heads(Connection &connection, const QStringList &roomIds)
{
    QHash<QString, qint64> heads;
    heads.reserve(roomIds.size());
    for (const QString &roomId : roomIds) {
        Statement row = connection.statement("SELECT " ROOM_LAST_SEQ " FROM rooms r WHERE r.public_id = $1");
        if (row.id(1, roomId).next())
            heads.insert(roomId, row.integerAt(0));
    }
    return heads;
}

} // namespace rookery::store::rooms
