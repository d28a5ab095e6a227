// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/controlqueries.h"

#include <QDateTime>

#include <algorithm>

namespace rookery::store::control {

namespace {

constexpr qint64 sessionEnded = 1; ///< the kind; others may come with later versions, and are skipped

} // namespace

Head head(Connection &connection)
{
    Statement row = connection.statement("SELECT last_seq, purged_seq FROM control_head WHERE id = 1");
    return row.next() ? Head{row.integerAt(0), row.integerAt(1)} : Head();
}

void noteEnd(Connection &connection, const QString &sessionId, SessionEnd reason)
{
    qint64 seq = 0;
    {
        Statement next = connection.statement(
            "INSERT INTO control_head (id, last_seq, purged_seq) VALUES (1, 1, 0) "
            "ON CONFLICT (id) DO UPDATE SET last_seq = control_head.last_seq + 1 RETURNING last_seq");
        next.next();
        seq = next.integerAt(0);
    }
    connection
        .statement("INSERT INTO control_log (seq, at, kind, session, reason) VALUES ($1, $2, $3, $4, $5)")
        .integer(1, seq)
        .integer(2, QDateTime::currentMSecsSinceEpoch())
        .integer(3, sessionEnded)
        .id(4, sessionId)
        .integer(5, qint64(reason))
        .run();
}

Result<ControlPage> after(Connection &connection, const QString &epoch, qint64 seq, int limit)
{
    const Head ends = head(connection);
    ControlPage page{{}, std::max(seq, ends.last), ends.last, ends.purged, epoch};
    if (seq >= ends.last) // as nearly always
        return page;
    Statement rows = connection.statement(
        "SELECT seq, kind, session, reason FROM control_log WHERE seq > $1 ORDER BY seq LIMIT $2");
    rows.integer(1, seq).integer(2, limit);
    int count = 0;
    qint64 last = seq;
    for (; rows.next(); ++count) {
        last = rows.integerAt(0);
        if (rows.integerAt(1) == sessionEnded)
            page.ended.append({last, rows.idAt(2), SessionEnd(rows.integerAt(3))});
    }
    if (count == limit)
        page.upTo = last;
    return page;
}

void purge(Connection &connection)
{
    const qint64 oldest =
        QDateTime::currentMSecsSinceEpoch() - std::chrono::milliseconds(controlLogKept).count();
    qint64 upTo = 0;
    {
        Statement row = connection.statement("SELECT coalesce(max(seq), 0) FROM control_log WHERE at <= $1");
        row.integer(1, oldest);
        upTo = row.next() ? row.integerAt(0) : 0;
    }
    if (upTo == 0)
        return;
    connection.statement("DELETE FROM control_log WHERE seq <= $1").integer(1, upTo).run();
    connection.statement("UPDATE control_head SET purged_seq = $1 WHERE id = 1").integer(1, upTo).run();
}

} // namespace rookery::store::control
