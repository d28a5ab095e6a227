// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/store/sqlite/connection.h"

#include <functional>
#include <memory>

/// Everything that is true of SQLite only, but for the SQL itself.
namespace rookery::store::sqlite {

enum class Access {
    Write, ///< the writer's, of which there is one
    Read, ///< refuses to change anything
};

/// Makes the database file where it is missing, empty and 0600 (which SQLite gives to its companions `-wal`
/// and
/// `-shm` too), in a folder that is made 0700; an existing file is narrowed to 0600, an existing folder is
/// left alone. The Error is for the operator.
Result<Nothing> prepareFile(const QString &path);

/// Opens the file on the calling thread: WAL, `synchronous=FULL`, foreign keys, a busy timeout. A file that
/// is not a database, or is another program's, is refused and not touched. The Error is for the operator.
Result<std::unique_ptr<Connection>> connect(const QString &path, Access access);

/// Makes what a process before this one has left in the write-ahead log durable. SQLite takes every whole
/// commit that it finds there for good, though one that was killed, or whose fsync failed, may never have
/// brought it to the disk: it would be read, and acknowledged to a sender who asks again, and a loss of power
/// could still take it. All of it is written anew before it is synced: what a failed fsync has left out, a
/// later one does not write. To be called before anything that was read is told to anybody; throws
/// DatabaseError.
void makeLogDurable(Connection &connection, const QString &path);

/// Copies what is committed from the write-ahead log into the database file, as far as no reader is in the
/// way; waits for nobody, and nobody for it, unless the log has grown past its bound.
void checkpoint(Connection &connection);

/// Copies all of the log into the database file and empties it. False where somebody reads what is older, or the
/// writer is too busy: it holds up the writer, so that it waits but briefly.
bool truncateLog(Connection &connection);

/// Runs `work`, which owns its transactions, while SQLite neither checks references between tables nor
/// cascades. The connection is of no use any more where that fails: throws a DatabaseError that says so.
void withoutForeignKeys(Connection &connection, const std::function<void()> &work);

/// What an operator can do about a result code of SQLite's, as a sentence after a space; empty: nothing to
/// say.
QString advice(int code);

/// By SQLite's result codes (sqlite.org/rescode.html).
Fault classify(const QSqlError &error);

} // namespace rookery::store::sqlite
