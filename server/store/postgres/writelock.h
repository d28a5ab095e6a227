// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
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

/// Keeps every other rookeryd from writing to this database for as long as the connection lasts: they would not hear of each
/// other's messages. Waits for one that is ending, at most `lock_timeout`; the Error is for the operator.
inline Result<Nothing> beAlone(Connection &connection)
{
    try {
        connection.statement("SELECT pg_advisory_lock(1383034731, 2)").next();
        return Nothing();
    } catch (const DatabaseError &error) {
        if (error.fault != Fault::Transaction)
            return Error{ErrorCode::Internal, QStringLiteral("PostgreSQL failed: %1.").arg(error.text)};
        return Error{ErrorCode::Internal,
            QStringLiteral("Another rookeryd uses this database on PostgreSQL, and only one can at a time.")};
    }
}

} // namespace rookery::store::postgres
