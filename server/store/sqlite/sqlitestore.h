// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/calls/sqlstore.h"
#include "server/store/options.h"
#include "server/store/sqlite/connection.h"

#include <memory>

namespace rookery::store {

class Checkpointer;
class HistoryMark;
class LogIndex;

struct SqliteOptions : StoreOptions
{
    QString path = {}; ///< of the database file; made where it is missing, mode 0600
};

/// The Store on SQLite.
class SqliteStore final : public SqlStore
{
public:
    /// Opens it and brings its schema up to date. Blocks; called once, before the server listens. The Error is a sentence
    /// for the operator (file cannot be opened, unknown newer schema, failed migration …).
    static Result<std::unique_ptr<SqliteStore>> open(const SqliteOptions &options);
    ~SqliteStore() override;

private:
    explicit SqliteStore(const SqliteOptions &options);
    Result<Nothing> start(const SqliteOptions &options);
    Result<Nothing> prepare(Connection &connection, const SqliteOptions &options);
    /// Reads the epoch, or gives the database a new one. Inside a transaction; throws DatabaseError.
    void readEpoch(Connection &connection);
    /// Deletes expired sessions and absent guests, a portion at a time. True if there is more to do.
    bool keepHouse(Connection &connection);

    /// Passes the notices of a commit on to the history mark, the checkpointer and the observer.
    void announce(std::vector<CommitNotice> notices, const CommitObserver &observer);

    std::unique_ptr<HistoryMark> m_mark; ///< used on the writer's thread
    GuestRegister *m_guests = nullptr;
    std::unique_ptr<LogIndex>
        m_logIndex; ///< used on the checkpointer's thread; closed after every connection
    std::unique_ptr<Checkpointer> m_checkpointer; ///< must outlive the writer, which calls it
};

} // namespace rookery::store
