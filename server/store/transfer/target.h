// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/store/transfer/source.h"
#include "server/store/transfer/tables.h"

#include <QString>

#include <functional>
#include <memory>
#include <optional>

namespace rookery::store::postgres {
class PostgresConnection;
}

namespace rookery::store::transfer {

/// The database on PostgreSQL that a migration fills. How far it has come stands in its table `migration_progress`, which
/// keeps rookeryd out until the end. Meanwhile there are no foreign keys, no triggers, and of the indexes only the primary
/// keys: rows are as of different moments until the last of them. Functions that do not return a Result throw DatabaseError.
class Target
{
public:
    /// Only one rookeryctl or rookeryd at a time. The Error is a sentence for the operator, with nothing of the conninfo.
    static Result<std::unique_ptr<Target>> open(const QString &conninfo, const QString &password);
    ~Target();
    Target(const Target &) = delete;
    Target &operator=(const Target &) = delete;

    /// Makes the tables in an empty database. Refuses one that is not empty, unless a migration of this very source has
    /// begun in it. True: it goes on with one.
    Result<bool> begin(const QString &source);
    /// Refuses what is not a complete database of this version.
    Result<Nothing> checkComplete();

    struct Position
    {
        QByteArray key; ///< of the last row that was copied; empty: none
        qint64 rows = 0;
    };
    Position position(const Table &table);
    /// Adds rows, and notes that the copy of the table has come this far, in one transaction.
    void append(const Table &table, QByteArrayView rows, const Position &reached);
    /// Removes the rows with these keys, and adds others, in one transaction.
    void change(const Table &table, const QByteArrayList &removed, QByteArrayView added);
    /// As Source::rows(). After `visit` has thrown, nothing else can be done.
    void rows(const Table &table, QByteArrayView after, QByteArrayView upto, const Visit &visit);

    /// The indexes of the logs, which take longest. `made` is called after each.
    void indexLogs(const std::function<void()> &made);
    /// What is computed of the rows, all constraints, and the end of the migration, in one transaction.
    void finish();

private:
    explicit Target(std::unique_ptr<postgres::PostgresConnection> connection);
    bool isTable(const char *name);
    /// Of `migration_progress`.
    std::optional<QString> note(const QString &what);
    void setNote(const QString &what, const QString &value);
    /// Puts off what slows down copying, or is in the way of rows of different moments.
    void putOff();
    QStringList later(const QString &phase);
    Result<Nothing> checkVersion();
    void execute(const QByteArray &sql);

    std::unique_ptr<postgres::PostgresConnection> m_connection;
};

} // namespace rookery::store::transfer
