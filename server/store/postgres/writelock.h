// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/statement.h"

namespace rookery::store::postgres {

/// Waits until no other node of this database is in a transaction that changes more than logs, and keeps the others out
/// until the end of this one. So what a transaction has read stays true while it writes, as on SQLite, which has one
/// writer. A lock of a transaction: poolers would leave those of sessions behind.
///
/// Throws DatabaseError with Fault::Transaction where the others take longer than `lock_timeout`.
inline void lockWrites(Connection &connection)
{
    // "Rook", so that no other program's lock is meant.
    connection.statement("SELECT pg_advisory_xact_lock(1383034731, 1)").next();
}

} // namespace rookery::store::postgres
