// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/invitationqueries.h"

#include "server/store/queries/memberqueries.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/queries/userqueries.h"
#include "server/store/textcheck.h"

#include <algorithm>
#include <limits>

// What an invitation is read from (readOpen).
#define INVITATION_COLUMNS                                                                                   \
    "i.id, r.public_id, r.name, b.public_id, b.name, b.guest, i.at, a.public_id, a.name, a.guest"
#define INVITATION_TABLES                                                                                    \
    " invitations i JOIN rooms r ON r.id = i.room JOIN users b ON b.id = i.inviter "                         \
    "JOIN users a ON a.id = i.invited "

namespace rookery::store::invitations {

namespace {

constexpr int largestPage = 1000;
constexpr std::chrono::hours retryWhenTooMany{1};

Error noSuchInvitation()
{
    return {ErrorCode::NotFound, QStringLiteral("There is no such invitation.")};
}

Error tooMany(const QString &detail)
{
    return {ErrorCode::RateLimited, detail, {}, retryWhenTooMany};
}

User readUser(const Row &row, int column)
{
    return User{row.idAt(column), row.textAt(column + 1), row.integerAt(column + 2) != 0};
}

OpenInvitation readOpen(const Row &row)
{
    return {Invitation{row.idAt(1), row.textAt(2), readUser(row, 3), utcTime(row.integerAt(6))},
        readUser(row, 7)};
}

/// The invitation of a user to a room, by the id or the skeleton of the room.
struct Found
{
    qint64 invitation = 0;
};

std::optional<Found> findFor(
    Connection &connection, const QString &roomId, const QString &roomSkeleton, qint64 user)
{
    {
        Statement row = connection.statement("SELECT i.id FROM rooms r JOIN invitations i "
                                             "ON i.room = r.id AND i.invited = $1 WHERE r.public_id = $2");
        if (row.integer(1, user).id(2, roomId).next())
            return Found{row.integerAt(0)};
    }
    if (roomSkeleton.isEmpty() || !isStorable(roomSkeleton))
        return std::nullopt;
    Statement row =
        connection.statement("SELECT i.id FROM rooms r JOIN invitations i "
                             "ON i.room = r.id AND i.invited = $1 "
                             "WHERE r.id = coalesce("
                             "(SELECT named.id FROM rooms named WHERE named.skeleton = CAST($2 AS TEXT)), "
                             "(SELECT f.room FROM former_room_names f WHERE f.skeleton = CAST($2 AS TEXT)))");
    if (!row.integer(1, user).text(2, roomSkeleton).next())
        return std::nullopt;
    return Found{row.integerAt(0)};
}

OpenInvitation read(Connection &connection, qint64 invitation)
{
    Statement row =
        connection.statement("SELECT " INVITATION_COLUMNS " FROM" INVITATION_TABLES "WHERE i.id = $1");
    row.integer(1, invitation).next();
    return readOpen(row);
}

void remove(Connection &connection, qint64 invitation)
{
    connection.statement("DELETE FROM invitations WHERE id = $1").integer(1, invitation).run();
}

void block(Connection &connection, qint64 user, qint64 other)
{
    connection
        .statement(
            R"(INSERT INTO blocked_users ("user", blocked, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING)")
        .integer(1, user)
        .integer(2, other)
        .integer(3, QDateTime::currentMSecsSinceEpoch())
        .run();
}

/// Ends all invitations of one user to another, and answers them.
QList<OpenInvitation> takeOfPair(Connection &connection, qint64 inviter, qint64 invited)
{
    QList<OpenInvitation> taken;
    {
        Statement rows = connection.statement(
            "SELECT " INVITATION_COLUMNS " FROM" INVITATION_TABLES "WHERE i.inviter = $1 AND i.invited = $2");
        rows.integer(1, inviter).integer(2, invited);
        while (rows.next())
            taken.append(readOpen(rows));
    }
    connection.statement("DELETE FROM invitations WHERE inviter = $1 AND invited = $2")
        .integer(1, inviter)
        .integer(2, invited)
        .run();
    return taken;
}

bool isMember(Connection &connection, qint64 room, qint64 user)
{
    Statement row = connection.statement("SELECT 1 FROM members m WHERE m.room = $1 AND m.user = $2");
    return row.integer(1, room).integer(2, user).next();
}

/// Whether the statement counts `most` already; a bound of 0 is none.
bool isFull(Statement &count, int most)
{
    return most > 0 && count.next() && count.integerAt(0) >= most;
}

std::optional<Error> exceeded(
    Connection &connection, qint64 inviter, qint64 invited, const InvitationBounds &bounds)
{
    if (isFull(
            connection.statement("SELECT count(*) FROM invitations WHERE inviter = $1").integer(1, inviter),
            bounds.ofInviter))
        return tooMany(QStringLiteral("Too many of your invitations have not been answered yet "
                                      "(limits.invitations_per_inviter)."));
    if (isFull(connection.statement("SELECT count(*) FROM invitations WHERE inviter = $1 AND invited = $2")
                   .integer(1, inviter)
                   .integer(2, invited),
            bounds.ofPair))
        return tooMany(QStringLiteral("Too many of your invitations to this user have not been answered yet "
                                      "(limits.invitations_per_pair)."));
    return std::nullopt;
}

/// Makes room in a full list of invitations: ends the oldest one of the inviter with the most in it, among the inviters
/// of the network with the most in it. The invitation that is to come counts. So whoever fills the list loses one, and
/// nobody is shut out.
QList<OpenInvitation> makeRoom(
    Connection &connection, qint64 inviter, qint64 invited, const QString &network, int most)
{
    if (!isFull(
            connection.statement("SELECT count(*) FROM invitations WHERE invited = $1").integer(1, invited),
            most))
        return {};
    qint64 id = 0;
    {
        Statement row = connection.statement(
            "WITH coming AS (SELECT CAST($1 AS BIGINT) AS inviter, "
            "coalesce(nullif(CAST($2 AS TEXT), ''), '#' || CAST($1 AS BIGINT)) AS origin), "
            "waiting AS (SELECT id, inviter, coalesce(network, '#' || inviter) AS origin "
            "FROM invitations WHERE invited = $3), "
            "all_of_it AS (SELECT inviter, origin FROM waiting UNION ALL SELECT inviter, origin FROM "
            "coming), "
            "by_origin AS (SELECT origin, count(*) AS n FROM all_of_it GROUP BY origin), "
            "by_inviter AS (SELECT origin, inviter, count(*) AS n FROM all_of_it GROUP BY origin, inviter) "
            "SELECT w.id FROM waiting w JOIN by_origin o ON o.origin = w.origin "
            "JOIN by_inviter i ON i.origin = w.origin AND i.inviter = w.inviter "
            "ORDER BY o.n DESC, i.n DESC, w.id LIMIT 1");
        if (!row.integer(1, inviter).text(2, network).integer(3, invited).next())
            return {};
        id = row.integerAt(0);
    }
    const OpenInvitation ended = read(connection, id);
    remove(connection, id);
    return {ended};
}

/// Whether the user has blocked as many as possible, and `other` is not among them.
bool hasBlockedTooMany(Connection &connection, qint64 user, qint64 other)
{
    return !isBlocked(connection, user, other)
        && isFull(
            connection.statement("SELECT count(*) FROM blocked_users b WHERE b.user = $1").integer(1, user),
            mostBlocked);
}

Error tooManyBlocked()
{
    return {ErrorCode::Forbidden,
        QStringLiteral("You have blocked %1 users, which is the most that is possible.").arg(mostBlocked)};
}

} // namespace

Result<InvitedUser> invite(Connection &connection, const QString &roomId, const QString &inviterId,
    const QString &invitedId, const QString &network, const InvitationBounds &bounds)
{
    const auto inviter = users::byId(connection, inviterId);
    const auto invited = users::byId(connection, invitedId);
    if (!inviter || !invited)
        return users::notFound();
    const auto room = rooms::keyOf(connection, roomId);
    // Checked again here: the inviter may have left since the call was made.
    if (!room || !isMember(connection, *room, inviter->key))
        return rooms::notFound();
    if (isMember(connection, *room, invited->key))
        return InvitedUser{{{}, invited->user}, false, true};
    if (members::roleOf(connection, *room, invited->key) == Role::Banned)
        return Error{ErrorCode::Forbidden, QStringLiteral("This user is banned from the room.")};
    if (isBlocked(connection, invited->key, inviter->key))
        return Error{ErrorCode::Forbidden, QStringLiteral("This user takes no invitations from you.")};
    if (const auto known = findFor(connection, roomId, {}, invited->key))
        return InvitedUser{read(connection, known->invitation), false, false};
    if (const auto problem = exceeded(connection, inviter->key, invited->key, bounds))
        return *problem;
    QList<OpenInvitation> ended = makeRoom(connection, inviter->key, invited->key, network, bounds.ofInvited);
    qint64 id = 0;
    {
        Statement insert =
            connection.statement("INSERT INTO invitations (room, invited, inviter, at, network) "
                                 "VALUES ($1, $2, $3, $4, nullif(CAST($5 AS TEXT), '')) "
                                 "RETURNING id");
        insert.integer(1, *room)
            .integer(2, invited->key)
            .integer(3, inviter->key)
            .integer(4, QDateTime::currentMSecsSinceEpoch())
            .text(5, network);
        if (insert.next())
            id = insert.integerAt(0);
    }
    return InvitedUser{read(connection, id), true, false, std::move(ended)};
}

InvitationPage page(Connection &connection, const QString &userId, std::optional<qint64> before, int limit)
{
    Statement rows = connection.statement("SELECT " INVITATION_COLUMNS " FROM" INVITATION_TABLES
                                          "WHERE a.public_id = $1 AND i.id < $2 ORDER BY i.id DESC LIMIT $3");
    const int count = std::clamp(limit, 1, largestPage);
    rows.id(1, userId).integer(2, before.value_or(std::numeric_limits<qint64>::max())).integer(3, count + 1);
    InvitationPage page;
    qint64 last = 0;
    while (rows.next()) {
        if (page.invitations.size() == count) {
            page.next = QString::number(last);
            break;
        }
        last = rows.integerAt(0);
        page.invitations.append(readOpen(rows).invitation);
    }
    return page;
}

Result<Invitation> find(
    Connection &connection, const QString &roomId, const QString &roomSkeleton, const QString &userId)
{
    const auto user = users::byId(connection, userId);
    const auto found = user ? findFor(connection, roomId, roomSkeleton, user->key) : std::nullopt;
    if (!found)
        return noSuchInvitation();
    return read(connection, found->invitation).invitation;
}

Result<QList<OpenInvitation>> decline(Connection &connection, const QString &roomId,
    const QString &roomSkeleton, const QString &userId, bool blocked)
{
    const auto user = users::byId(connection, userId);
    if (!user)
        return users::notFound();
    const auto found = findFor(connection, roomId, roomSkeleton, user->key);
    if (!found)
        return noSuchInvitation();
    const OpenInvitation open = read(connection, found->invitation);
    if (!blocked) {
        remove(connection, found->invitation);
        return QList<OpenInvitation>{open};
    }
    const auto inviter = users::byId(connection, open.invitation.inviter.id);
    if (!inviter)
        return users::notFound();
    if (hasBlockedTooMany(connection, user->key, inviter->key))
        return tooManyBlocked();
    block(connection, user->key, inviter->key);
    return takeOfPair(connection, inviter->key, user->key);
}

Result<OpenInvitation> withdraw(Connection &connection, const QString &epoch, const QString &roomId,
    const QString &invitedId, const QString &actorId, const RoomRule &ofOthers)
{
    const auto invited = users::byId(connection, invitedId);
    if (!invited)
        return noSuchInvitation();
    const auto found = findFor(connection, roomId, {}, invited->key);
    if (!found)
        return noSuchInvitation();
    OpenInvitation open = read(connection, found->invitation);
    if (open.invitation.inviter.id != actorId) {
        const auto key = rooms::keyOf(connection, roomId);
        const auto room = key ? rooms::byKey(connection, epoch, *key, actorId) : std::nullopt;
        // Who may not do it does not learn of it either.
        if (!room || !ofOthers || ofOthers(room->kind, room->role))
            return noSuchInvitation();
    }
    remove(connection, found->invitation);
    return open;
}

Result<QList<OpenInvitation>> setBlocked(
    Connection &connection, const QString &userId, const QString &otherId, bool blocked)
{
    const auto user = users::byId(connection, userId);
    const auto other = users::byId(connection, otherId);
    if (!user || !other)
        return users::notFound();
    if (blocked) {
        if (hasBlockedTooMany(connection, user->key, other->key))
            return tooManyBlocked();
        block(connection, user->key, other->key);
        return takeOfPair(connection, other->key, user->key);
    }
    connection.statement("DELETE FROM blocked_users WHERE blocked_users.user = $1 AND blocked = $2")
        .integer(1, user->key)
        .integer(2, other->key)
        .run();
    return QList<OpenInvitation>();
}

Result<UserPage> blockedBy(Connection &connection, const QString &userId, const QString &after, int limit)
{
    const auto user = users::byId(connection, userId);
    if (!user)
        return users::notFound();
    const auto last = users::byId(connection, after);
    const int count = std::clamp(limit, 1, largestPage);
    Statement rows =
        connection.statement("SELECT a.public_id, a.name, a.guest FROM blocked_users b "
                             "JOIN users a ON a.id = b.blocked WHERE b.user = $1 AND b.blocked > $2 "
                             "ORDER BY b.blocked LIMIT $3");
    rows.integer(1, user->key).integer(2, last ? last->key : 0).integer(3, count + 1);
    UserPage page;
    while (rows.next()) {
        if (page.users.size() == count) {
            page.next = page.users.last().id;
            break;
        }
        page.users.append(readUser(rows, 0));
    }
    return page;
}

Error takesNoDirectMessages()
{
    return {ErrorCode::Forbidden, QStringLiteral("This user takes no direct messages from you.")};
}

bool isBlocked(Connection &connection, qint64 user, qint64 other)
{
    Statement row =
        connection.statement("SELECT 1 FROM blocked_users b WHERE b.user = $1 AND b.blocked = $2");
    return row.integer(1, user).integer(2, other).next();
}

QList<OpenInvitation> takeMoot(Connection &connection, qint64 room, qint64 user, bool member)
{
    QList<OpenInvitation> moot;
    QList<qint64> ids;
    {
        // A member is not invited any more; a former one invites nobody any more.
        Statement rows = connection.statement(member ? "SELECT " INVITATION_COLUMNS " FROM" INVITATION_TABLES
                                                       "WHERE i.room = $1 AND i.invited = $2"
                                                     : "SELECT " INVITATION_COLUMNS " FROM" INVITATION_TABLES
                                                       "WHERE i.room = $1 AND i.inviter = $2");
        rows.integer(1, room).integer(2, user);
        while (rows.next()) {
            ids.append(rows.integerAt(0));
            moot.append(readOpen(rows));
        }
    }
    for (const qint64 id : std::as_const(ids))
        remove(connection, id);
    return moot;
}

} // namespace rookery::store::invitations
