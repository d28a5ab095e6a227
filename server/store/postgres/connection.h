// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/store/statement.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>

struct pg_conn;
struct pg_result;

namespace rookery::store::postgres {

class Wire;

struct ConnectOptions
{
    /// As libpq reads it: a URL or `key=value` pairs. It may hold a password and must not be logged.
    QString conninfo;
    QString password = {}; ///< used where the conninfo has none; empty: none
    QString applicationName = QStringLiteral("rookeryd"); ///< as pg_stat_activity shows it
    std::chrono::milliseconds statementTimeout{5000};
    std::chrono::milliseconds lockTimeout{2000};
    /// How long a prepared statement waits for an answer of a server that cannot even keep these timeouts, as while it waits
    /// for a standby; 0: for good. Longer than they are, so that the server speaks first.
    std::chrono::milliseconds patience{6000};
};

/// A connection to a PostgreSQL server that takes writes, through libpq with binary parameters and results. Each
/// statement is prepared at first use. Prepared statements wait for the server, at most for the timeouts; transactions
/// that only read add nothing to that (wire.h).
///
/// Rows are fetched whole with execute(): queries bound how many there are.
class PostgresConnection final : public Connection
{
public:
    /// The Error is a sentence for the operator: the server cannot be reached, refuses the log-in, is a standby, is
    /// older than 15, or stores texts in another encoding than UTF-8. It contains nothing of the conninfo.
    static Result<std::unique_ptr<PostgresConnection>> open(const ConnectOptions &options);
    ~PostgresConnection() override;

    void execute(const QString &sql) override;
    QVariant value(const QString &sql) override;

    /// Whether the server has said anything with a WARNING since the last call. After a COMMIT the outcome is then not
    /// sure: a standby's confirmation that was cancelled is told so only.
    bool takeWarned();
    /// What other connections have said with NOTIFY since the last call, after LISTEN. To be called when socket() can be
    /// read, and after each statement. Throws DatabaseError where the connection is lost.
    QList<QByteArray> takeNotifications();
    int socket() const;
    /// From now on, as ConnectOptions::patience.
    void setPatience(std::chrono::milliseconds patience);
    /// What isOutdated() answers.
    void setOutdated(std::function<bool()> isOutdated) { m_isOutdated = std::move(isOutdated); }
    bool isOutdated() const override { return m_isOutdated && m_isOutdated(); }
    /// libpq's own, for what has no place in `Connection`. In its nonblocking mode.
    pg_conn *handle();

protected:
    Prepared &prepared(const char *sql) override;
    const char *beginSql(TransactionKind kind) const override;
    void begin(TransactionKind kind) override;
    void commit(TransactionKind kind) override;
    void rollback(TransactionKind kind) override;

private:
    PostgresConnection(pg_conn *connection, std::chrono::milliseconds patience);

    struct Closer
    {
        void operator()(pg_conn *connection) const;
    };
    std::unique_ptr<pg_conn, Closer> m_connection;
    std::unique_ptr<Wire> m_wire;
    std::unordered_map<const char *, std::unique_ptr<Prepared>> m_statements;
    qint64 m_prepared = 0; ///< statements so far, with those that failed
    bool m_warned = false;
    std::function<bool()> m_isOutdated;
};

} // namespace rookery::store::postgres
