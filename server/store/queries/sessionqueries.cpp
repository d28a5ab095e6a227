// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/sessionqueries.h"

#include "server/store/queries/controlqueries.h"
#include "server/store/queries/userqueries.h"
#include "server/store/textcheck.h"

namespace rookery::store::sessions {

namespace {

qint64 now()
{
    return QDateTime::currentMSecsSinceEpoch();
}

/// Sessions that expired before this are deleted.
qint64 oldestKept()
{
    return now() - std::chrono::milliseconds(expiredSessionsKept).count();
}

Error notFound()
{
    return {ErrorCode::NotFound, QStringLiteral("There is no such session.")};
}

QList<SessionRecord> readAll(Statement &rows)
{
    QList<SessionRecord> sessions;
    while (rows.next()) {
        sessions.append(
            SessionRecord{rows.idAt(0), User{rows.idAt(1), rows.textAt(2), rows.integerAt(3) != 0},
                utcTime(rows.integerAt(4)), utcTime(rows.integerAt(5)), rows.textAt(6), rows.textAt(7)});
    }
    return sessions;
}

} // namespace

Result<Nothing> create(Connection &connection, const SessionRecord &session, const QString &passwordHash,
    const QStringList &ended)
{
    if (auto checked = checkText(session.client, QLatin1String("client")); !checked)
        return checked;
    if (auto checked = checkText(session.address, QLatin1String("address")); !checked)
        return checked;
    const int added =
        connection
            .statement(R"(INSERT INTO sessions (id, "user", created_at, expires_at, client, address) )"
                       "SELECT $1, u.id, $2, $3, CAST($4 AS TEXT), CAST($5 AS TEXT) "
                       "FROM users u WHERE u.public_id = $6 AND u.password_hash = CAST($7 AS TEXT)")
            .id(1, session.id)
            .integer(2, session.createdAt.toMSecsSinceEpoch())
            .integer(3, session.expiresAt.toMSecsSinceEpoch())
            .text(4, session.client)
            .text(5, session.address)
            .id(6, session.user.id)
            .text(7, passwordHash)
            .run();
    if (added > 0) {
        for (const QString &id : ended) {
            const int removed =
                connection
                    .statement("DELETE FROM sessions WHERE id = $1 "
                               "AND sessions.user = (SELECT id FROM users WHERE public_id = $2)")
                    .id(1, id)
                    .id(2, session.user.id)
                    .run();
            if (removed > 0)
                control::noteEnd(connection, id, SessionEnd::Surplus);
        }
        return Nothing();
    }
    if (!users::byId(connection, session.user.id))
        return users::notFound();
    return Error{ErrorCode::BadCredentials, QStringLiteral("The password has been changed in the meantime.")};
}

Result<QList<SessionRecord>> kept(Connection &connection)
{
    Statement rows = connection.statement(
        "SELECT s.id, u.public_id, u.name, u.guest, s.created_at, s.expires_at, s.client, s.address "
        "FROM sessions s JOIN users u ON u.id = s.user WHERE s.expires_at > $1");
    return readAll(rows.integer(1, oldestKept()));
}

Result<QList<SessionRecord>> ofUser(Connection &connection, const QString &userId, int limit)
{
    Statement rows = connection.statement(
        "SELECT s.id, u.public_id, u.name, u.guest, s.created_at, s.expires_at, s.client, s.address "
        "FROM users u JOIN sessions s ON s.user = u.id WHERE u.public_id = $1 AND s.expires_at > $2 "
        "ORDER BY s.created_at DESC, s.id DESC LIMIT $3");
    return readAll(rows.id(1, userId).integer(2, now()).integer(3, limit));
}

Result<FoundSession> find(Connection &connection, const QString &sessionId)
{
    Statement rows = connection.statement(
        "SELECT s.id, u.public_id, u.name, u.guest, s.created_at, s.expires_at, s.client, s.address "
        "FROM sessions s JOIN users u ON u.id = s.user WHERE s.id = $1 AND s.expires_at > $2");
    const QList<SessionRecord> found = readAll(rows.id(1, sessionId).integer(2, now()));
    if (found.isEmpty())
        return notFound();
    return FoundSession{found.first(), control::head(connection).last};
}

Result<Nothing> remove(Connection &connection, const QString &userId, const QString &sessionId)
{
    const int removed = connection
                            .statement("DELETE FROM sessions WHERE id = $1 AND expires_at > $2 "
                                       "AND sessions.user = (SELECT id FROM users WHERE public_id = $3)")
                            .id(1, sessionId)
                            .integer(2, now())
                            .id(3, userId)
                            .run();
    if (removed == 0)
        return notFound();
    control::noteEnd(connection, sessionId, SessionEnd::Revoked);
    return Nothing();
}

Result<QStringList> removeOthers(Connection &connection, const QString &userId, const QString &keptSession)
{
    // The expired ones, too: they may still be in memory, and have to go from there.
    Statement rows = connection.statement("SELECT s.id, s.expires_at FROM users u JOIN sessions s "
                                          "ON s.user = u.id WHERE u.public_id = $1");
    rows.id(1, userId);
    const qint64 moment = now();
    QStringList others;
    bool kept = false;
    while (rows.next()) {
        if (rows.idAt(0) != keptSession)
            others.append(rows.idAt(0));
        else
            kept = rows.integerAt(1) > moment;
    }
    if (!kept)
        return Error{ErrorCode::Unauthorized, QStringLiteral("This session is over; log in again.")};
    connection
        .statement("DELETE FROM sessions WHERE id <> $1 AND sessions.user = (SELECT id FROM users WHERE "
                   "public_id = $2)")
        .id(1, keptSession)
        .id(2, userId)
        .run();
    for (const QString &id : std::as_const(others))
        control::noteEnd(connection, id, SessionEnd::PasswordChanged);
    return others;
}

int purgeExpired(Connection &connection)
{
    return connection.statement("DELETE FROM sessions WHERE expires_at <= $1").integer(1, oldestKept()).run();
}

} // namespace rookery::store::sessions
