// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/options.h"
#include "tests/support/postgresserver.h"
#include "tests/support/redisserver.h"

#include <QTemporaryDir>

#include <memory>

namespace rookery::bench {

/// What the nodes of a run share: a PostgreSQL of its own, with the settings that it has by default but for the number of
/// connections and track_functions, and a Redis if it was asked for. Ends with the run, and its data with it.
class Backing
{
public:
    /// Starts both. Throws Failure.
    explicit Backing(const Options &options);

    /// For the daemon of that number: where the two are, a signing key that all share, its name.
    QStringList environment(int number) const;
    /// The server processes of PostgreSQL and Redis as they are now: each session of PostgreSQL is one.
    std::vector<pid_t> pids() const;
    /// For libpq.
    QString conninfo() const { return m_postgres.conninfo(m_database); }
    struct Counters
    {
        double appends = 0; ///< calls of append_messages_1()
        double walBytes = 0;
        double databaseBytes = 0; ///< tables and indexes, as far as their files have grown
    };
    /// So far.
    Counters counters() const;

private:
    double number(const QString &sql) const;

    QTemporaryDir m_folder;
    test::PostgresServer m_postgres;
    std::unique_ptr<test::RedisServer> m_redis;
    QString m_database;
};

} // namespace rookery::bench
