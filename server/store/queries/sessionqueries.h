// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/statement.h"
#include "server/store/store.h"

/// Log-ins as SQL; called inside a transaction. Expired sessions stay for `expiredSessionsKept`; only kept()
/// answers them. Whatever ends a
/// session before its time writes that into the control log (controlqueries.h).
namespace rookery::store::sessions {

Result<Nothing> create(Connection &connection, const SessionRecord &session, const QString &passwordHash,
    const QStringList &ended);
Result<QList<SessionRecord>> kept(Connection &connection);
Result<QList<SessionRecord>> ofUser(Connection &connection, const QString &userId, int limit);
Result<FoundSession> find(Connection &connection, const QString &sessionId);
Result<Nothing> remove(Connection &connection, const QString &userId, const QString &sessionId);
/// Removes the user's sessions but for one, which must be valid, and answers their ids.
Result<QStringList> removeOthers(Connection &connection, const QString &userId, const QString &keptSession);
/// Deletes sessions that expired long ago; answers how many.
int purgeExpired(Connection &connection);

} // namespace rookery::store::sessions
