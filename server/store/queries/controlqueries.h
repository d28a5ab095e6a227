// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/statement.h"
#include "server/store/store.h"

/// The control log as SQL (resources/sql/); called inside a transaction.
namespace rookery::store::control {

struct Head
{
    qint64 last = 0; ///< seq of the last entry
    qint64 purged = 0; ///< up to here the entries have been deleted
};

Head head(Connection &connection);
/// The session is being deleted in this transaction.
void noteEnd(Connection &connection, const QString &sessionId, SessionEnd reason);
Result<ControlPage> after(Connection &connection, const QString &epoch, qint64 seq, int limit);
/// Deletes what is older than `controlLogKept`. Clocks of nodes differ: what goes is everything up to an entry, and
/// who has not read so far learns it from Head::purged.
void purge(Connection &connection);

} // namespace rookery::store::control
