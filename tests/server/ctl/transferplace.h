// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/postgres/postgresstore.h"
#include "server/store/sqlite/sqlitestore.h"
#include "server/store/transfer/transfer.h"
#include "tests/server/ctl/population.h"
#include "tests/server/store/plaindatabase.h"
#include "tests/support/postgresserver.h"

#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>

/// An SQLite database and one on PostgreSQL, for tests that copy from the one to the other.
namespace transferplace {

using namespace storetest;
using store::transfer::Outcome;
using store::transfer::Report;

class Place
{
public:
    /// An empty folder, and an empty database of the server. False: why() of the server says why.
    bool make()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        if (!server.isRunning() && !server.start({QStringLiteral("fsync=off")}))
            return false;
        return makeDatabase();
    }
    bool makeDatabase()
    {
        if (!database.isEmpty())
            server.dropDatabase(database);
        database = server.makeDatabase();
        return !database.isEmpty();
    }

    QString path() const { return m_folder->filePath(QStringLiteral("rookery.db")); }
    store::transfer::Options options() const
    {
        store::transfer::Options options;
        options.path = path();
        options.conninfo = server.conninfo(database);
        options.batchRows = 20;
        return options;
    }
    std::unique_ptr<Store> openSqlite() const
    {
        SqliteOptions options;
        options.path = path();
        auto store = SqliteStore::open(options);
        if (!store)
            qWarning("%s", qPrintable(store.error().detail));
        return store ? std::move(store).value() : nullptr;
    }
    std::unique_ptr<Store> openPostgres() const
    {
        postgres::PostgresOptions options;
        options.conninfo = server.conninfo(database);
        auto store = postgres::PostgresStore::open(options);
        if (!store)
            qWarning("%s", qPrintable(store.error().detail));
        return store ? std::move(store).value() : nullptr;
    }
    QString ask(const QString &sql) const { return server.ask(database, sql); }
    /// Carries out a statement on the SQLite file. Returns what SQLite says of it; empty: nothing.
    QString execute(const QString &sql) const
    {
        const QString name = addPlainDatabase(path());
        QString problem;
        {
            QSqlQuery query(QSqlDatabase::database(name));
            if (!query.exec(sql))
                problem = query.lastError().text();
        }
        QSqlDatabase::removeDatabase(name);
        return problem;
    }

    test::PostgresServer server;
    QString database;

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

/// Whether both stores answer the same, and as `before`; the first line that differs is said.
inline bool areSame(const QStringList &first, const QStringList &second)
{
    for (qsizetype i = 0; i < std::min(first.size(), second.size()); ++i) {
        if (first[i] != second[i]) {
            qWarning("line %lld:\n%s\n%s", qlonglong(i), qPrintable(first[i]), qPrintable(second[i]));
            return false;
        }
    }
    if (first.size() != second.size())
        qWarning("%lld lines and %lld", qlonglong(first.size()), qlonglong(second.size()));
    return first.size() == second.size() && !first.isEmpty();
}

} // namespace transferplace
