// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/store/sqlite/connection.h"

#include <functional>
#include <memory>

/// Everything specific to SQLite except the SQL itself.
namespace rookery::store::sqlite {

enum class Access {
    Write, ///< only for the one writer
    Read, ///< refuses changes
};

/// Creates the database file if it is missing, empty and with mode 0600, which SQLite gives to `-wal` and `-shm`, too.
/// Creates its folder if it is missing, with mode 0700. An existing file gets mode 0600; an existing folder keeps its
/// mode. The Error is for the operator.
Result<Nothing> prepareFile(const QString &path);

/// Opens the file on the calling thread: WAL, `synchronous=FULL`, foreign keys, a busy timeout. A file that is not a
/// database, or that belongs to another program, is refused and not changed. The Error is for the operator.
Result<std::unique_ptr<Connection>> connect(const QString &path, Access access);

/// Makes durable what an earlier process left in the write-ahead log. SQLite accepts every complete commit that it
/// finds there, although the process may have been killed before its fsync, or the fsync may have failed. Such a commit
/// would be read, and acknowledged to a sender who asks again, and could still be lost with the power. The whole log is
/// written again before it is synced, since a later fsync does not write what a failed one has left out. To be called
/// before anybody is told what the database contains. Throws DatabaseError.
void makeLogDurable(Connection &connection, const QString &path);

/// Copies committed pages from the write-ahead log into the database file, as far as readers allow. It waits for nobody
/// and holds up nobody, unless the log has grown past its bound.
void checkpoint(Connection &connection);

/// Copies the whole log into the database file and empties it. False if somebody reads an older state or the writer is
/// busy. It waits only briefly, since the writer has to wait meanwhile.
bool truncateLog(Connection &connection);

/// Runs `work`, which makes its own transactions, without the checks and cascades of foreign keys. If that fails the
/// connection cannot be used any more: throws a DatabaseError with Fault::Connection.
void withoutForeignKeys(Connection &connection, const std::function<void()> &work);

/// What an operator can do about this result code of SQLite, as a sentence that begins with a space; empty: no advice.
QString advice(int code);

/// By SQLite's result codes (sqlite.org/rescode.html).
Fault classify(const QSqlError &error);

} // namespace rookery::store::sqlite
