// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/statement.h"

#include <QSqlDatabase>
#include <QString>

#include <memory>
#include <unordered_map>

class QSqlError;

namespace rookery::store {

/// A connection to an SQLite database, through QtSql.
class SqliteConnection final : public Connection
{
public:
    /// Takes over the QSqlDatabase of this name, which nobody else may hold, and removes it in the end.
    SqliteConnection(const QString &name, Fault (*classify)(const QSqlError &));
    ~SqliteConnection() override;

    void execute(const QString &sql) override;
    QVariant value(const QString &sql) override;

    QSqlDatabase &database() { return m_database; }

protected:
    Prepared &prepared(const char *sql) override;
    const char *beginSql(TransactionKind kind) const override;

private:
    QSqlDatabase m_database;
    Fault (*m_classify)(const QSqlError &);
    std::unordered_map<const char *, std::unique_ptr<Prepared>> m_statements;
};

} // namespace rookery::store
