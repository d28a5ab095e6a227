// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"

#include <QLoggingCategory>
#include <QString>

namespace rookery::store {

Q_DECLARE_LOGGING_CATEGORY(storeLog)

/// What a failed statement has broken.
enum class Fault {
    Statement, ///< only itself; the transaction goes on
    Full, ///< the disk or the allowed size; the transaction is lost
    Transaction, ///< the transaction is lost; the connection can be used again
    Connection, ///< nothing on this connection can be trusted any more (I/O error, damaged file)
};

/// How statements fail, on every database: thrown where the database refuses, caught where the transaction is
/// owned, so that no query has to pass it on by hand. It never leaves the store: its callers get an Error.
struct DatabaseError
{
    Fault fault = Fault::Connection;
    QString text; ///< for the log and the operator: what the database said, without values
    int code = 0; ///< the database's own; 0: it was not the database that said so
};

/// What the caller is answered: StorageFull, StorageUnavailable, both with a retryAfter, or Internal.
Error errorFor(const DatabaseError &error);

} // namespace rookery::store
