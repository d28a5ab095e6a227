// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/userqueries.h"

#include "server/store/queries/guestqueries.h"
#include "server/store/queries/memberqueries.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/textcheck.h"

namespace rookery::store::users {

namespace {

User readUser(const store::Row &row, int column)
{
    return User{row.idAt(column), row.textAt(column + 1), row.integerAt(column + 2) != 0};
}

Error taken()
{
    return {
        ErrorCode::NameTaken, QStringLiteral("This user name, or one that looks like it, is already taken.")};
}

bool looksLikeAnother(Connection &connection, const QString &lookalike)
{
    if (lookalike.isEmpty())
        return false;
    Statement row = connection.statement("SELECT 1 FROM users WHERE lookalike = CAST($1 AS TEXT) LIMIT 1");
    return row.text(1, lookalike).next();
}

} // namespace

Error notFound()
{
    return Error{ErrorCode::NotFound, QStringLiteral("There is no such user.")};
}

std::optional<Row> byId(Connection &connection, const QString &id)
{
    Statement row = connection.statement("SELECT public_id, name, guest, id FROM users WHERE public_id = $1");
    if (!row.id(1, id).next())
        return std::nullopt;
    return Row{row.integerAt(3), readUser(row, 0)};
}

std::optional<Row> byKey(Connection &connection, qint64 key)
{
    Statement row = connection.statement("SELECT public_id, name, guest FROM users WHERE id = $1");
    if (!row.integer(1, key).next())
        return std::nullopt;
    return Row{key, readUser(row, 0)};
}

Result<User> create(Connection &connection, const QString &epoch, EventLog &log, const NewUser &user)
{
    for (const QString &name : {user.name, user.skeleton, user.lookalike}) {
        if (auto checked = checkName(name, QLatin1String("name")); !checked)
            return checked.error();
    }
    if (looksLikeAnother(connection, user.lookalike))
        return taken();
    const int added =
        connection
            .statement("INSERT INTO users (public_id, name, skeleton, password_hash, guest, created_at, "
                       "lookalike) VALUES ($1, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), $5, $6, "
                       "nullif(CAST($7 AS TEXT), '')) "
                       "ON CONFLICT (skeleton) DO NOTHING")
            .id(1, user.id)
            .text(2, user.name)
            .text(3, user.skeleton)
            .text(4, user.passwordHash)
            .integer(5, user.guest ? 1 : 0)
            .integer(6, QDateTime::currentMSecsSinceEpoch())
            .text(7, user.lookalike)
            .run();
    if (added == 0)
        return taken();
    const auto stored = byId(connection, user.id);
    if (!stored)
        return notFound();
    if (user.guest)
        guests::add(connection, stored->key);
    if (!user.firstRoom.isEmpty()) {
        const auto key = rooms::keyOf(connection, user.firstRoom);
        if (!key)
            return rooms::notFound();
        members::begin(connection, *key, stored->key, Role::Member);
        if (auto room = rooms::byKey(connection, epoch, *key, user.id))
            log.joined(*std::move(room), stored->user);
    }
    return stored->user;
}

Result<User> find(Connection &connection, const QString &id, const QString &skeleton)
{
    if (const auto row = byId(connection, id))
        return row->user;
    if (!isStorable(skeleton))
        return notFound();
    Statement row =
        connection.statement("SELECT public_id, name, guest FROM users WHERE skeleton = CAST($1 AS TEXT)");
    if (!row.text(1, skeleton).next())
        return notFound();
    return readUser(row, 0);
}

Result<Credentials> credentials(Connection &connection, const QString &skeleton)
{
    if (!isStorable(skeleton))
        return notFound();
    Statement row = connection.statement(
        "SELECT public_id, name, guest, password_hash FROM users WHERE skeleton = CAST($1 AS TEXT)");
    if (!row.text(1, skeleton).next())
        return notFound();
    return Credentials{readUser(row, 0), row.textAt(3)};
}

Result<Nothing> changePassword(
    Connection &connection, const QString &userId, const QString &oldHash, const QString &newHash)
{
    const int changed = connection
                            .statement("UPDATE users SET password_hash = CAST($1 AS TEXT) "
                                       "WHERE public_id = $2 AND password_hash = CAST($3 AS TEXT)")
                            .text(1, newHash)
                            .id(2, userId)
                            .text(3, oldHash)
                            .run();
    if (changed == 0)
        return Error{
            ErrorCode::BadCredentials, QStringLiteral("The password has been changed in the meantime.")};
    return Nothing();
}

} // namespace rookery::store::users
