// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/calls/sqlstore.h"
#include "server/store/options.h"

#include <QString>

namespace rookery::store::postgres {

class Appender;
class History;
class Trace;

struct PostgresOptions : StoreOptions
{
    /// As libpq reads it: a URL or `key=value` pairs. It may hold a password and is not logged.
    QString conninfo = {};
};

/// The Store on PostgreSQL, which nodes share. What one of them has been answered, all of them read.
class PostgresStore final : public SqlStore
{
public:
    /// Opens it and brings its schema up to date. Blocks; called once, before the server listens. The Error is a sentence
    /// for the operator, without anything of the conninfo.
    static Result<std::unique_ptr<PostgresStore>> open(const PostgresOptions &options);
    ~PostgresStore() override;
    bool isShared() const override { return true; }

private:
    PostgresStore(const PostgresOptions &options, std::unique_ptr<Trace> trace);
    Result<std::unique_ptr<Connection>> connect(const QString &conninfo, const QString &password);
    Result<Nothing> start(const PostgresOptions &options);
    Result<Nothing> prepare(Connection &connection, const PostgresOptions &options);
    /// Deletes expired sessions and absent guests, a portion at a time. True if there is more to do.
    bool keepHouse(Connection &connection);

    GuestRegister *m_guests = nullptr;
    std::unique_ptr<Trace> m_trace; ///< used on the writer's thread
    std::unique_ptr<History> m_history;
    std::unique_ptr<Appender> m_appender; ///< used on the writer's thread
};

} // namespace rookery::store::postgres
