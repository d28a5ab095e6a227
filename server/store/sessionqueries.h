#pragma once

#include "server/store/connection.h"
#include "server/store/store.h"

/// Log-ins as SQL; called inside a transaction. An expired session is never answered, whether or not it has
/// been purged yet.
namespace rookery::store::sessions {

Result<Nothing> create(Connection &connection, const SessionRecord &session, const QString &passwordHash);
Result<QList<SessionRecord>> live(Connection &connection);
Result<QList<SessionRecord>> ofUser(Connection &connection, const QString &userId);
Result<Nothing> remove(Connection &connection, const QString &userId, const QString &sessionId);
/// Removes the user's sessions but for one, which must be there, and answers their ids.
Result<QStringList> removeOthers(Connection &connection, const QString &userId, const QString &keptSession);
/// Deletes what has expired; answers how many.
int purgeExpired(Connection &connection);

} // namespace rookery::store::sessions
