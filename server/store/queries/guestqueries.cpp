// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/guestqueries.h"

#include <QDateTime>

namespace rookery::store::guests {

namespace {

qint64 now()
{
    return QDateTime::currentMSecsSinceEpoch();
}

} // namespace

void add(Connection &connection, qint64 user)
{
    connection.statement(R"(INSERT INTO quiet_guests ("user", seen) VALUES ($1, $2))")
        .integer(1, user)
        .integer(2, now())
        .run();
}

void keep(Connection &connection, qint64 user)
{
    connection.statement("DELETE FROM quiet_guests WHERE quiet_guests.user = $1").integer(1, user).run();
}

void noteSeen(Connection &connection, const QStringList &userIds)
{
    const qint64 moment = now();
    for (const QString &id : userIds)
        connection
            .statement("UPDATE quiet_guests SET seen = $1 "
                       "WHERE quiet_guests.user = (SELECT id FROM users WHERE public_id = $2)")
            .integer(1, moment)
            .id(2, id)
            .run();
}

QList<std::pair<qint64, QString>> lastSeenBefore(
    Connection &connection, std::chrono::milliseconds sinceEpoch, int most)
{
    Statement rows = connection.statement("SELECT u.id, u.public_id FROM quiet_guests q CROSS JOIN users u "
                                          "WHERE u.id = q.user AND q.seen < $1 ORDER BY q.seen LIMIT $2");
    rows.integer(1, sinceEpoch.count()).integer(2, most);
    QList<std::pair<qint64, QString>> guests;
    while (rows.next())
        guests.append({rows.integerAt(0), rows.idAt(1)});
    return guests;
}

void remove(Connection &connection, qint64 user)
{
    // What ON DELETE CASCADE would do. events and rooms hold nothing of who stands in quiet_guests.
    for (const char *sql :
        {"DELETE FROM members WHERE members.user = $1", "DELETE FROM room_bans WHERE room_bans.user = $1",
            "DELETE FROM sessions WHERE sessions.user = $1", "DELETE FROM invitations WHERE invited = $1",
            "DELETE FROM invitations WHERE inviter = $1",
            "DELETE FROM blocked_users WHERE blocked_users.user = $1",
            "DELETE FROM blocked_users WHERE blocked = $1",
            "DELETE FROM quiet_guests WHERE quiet_guests.user = $1",
            "DELETE FROM self_events WHERE self_events.user = $1",
            "DELETE FROM users WHERE id = $1 AND guest = 1"})
        connection.statement(sql).integer(1, user).run();
}

} // namespace rookery::store::guests
