// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/databasecheck.h"

#include "tests/wire/load/failure.h"

#include <QFile>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>

#include <functional>

namespace rookery::faults {

namespace {

const QString databaseName = QStringLiteral("/rookery.db");

void withDatabase(const QString &path, const std::function<void(QSqlDatabase &)> &call)
{
    const QString name = QStringLiteral("faults");
    QString problem;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(path);
        if (database.open())
            call(database);
        else
            problem = database.lastError().text();
    }
    QSqlDatabase::removeDatabase(name);
    if (!problem.isEmpty())
        throw load::Failure(QStringLiteral("%1 cannot be opened: %2").arg(path, problem));
}

void copy(const QString &from, const QString &to)
{
    QFile::remove(to);
    if (QFile::exists(from) && !QFile::copy(from, to))
        throw load::Failure(QStringLiteral("%1 cannot be copied to %2.").arg(from, to));
}

} // namespace

QString databaseProblems(const QString &directory, const QString &scratch)
{
    // Without the shared-memory index, which SQLite rebuilds.
    for (const char *suffix : {"", "-wal"})
        copy(
            directory + databaseName + QLatin1String(suffix), scratch + databaseName + QLatin1String(suffix));
    QFile::remove(scratch + databaseName + QLatin1String("-shm"));

    QStringList problems;
    withDatabase(scratch + databaseName, [&](QSqlDatabase &database) {
        QSqlQuery query(database);
        if (!query.exec(QStringLiteral("PRAGMA integrity_check")))
            problems.append(query.lastError().text());
        while (query.next()) {
            if (query.value(0).toString() != QLatin1String("ok"))
                problems.append(query.value(0).toString());
        }
        if (!query.exec(QStringLiteral("PRAGMA foreign_key_check")))
            problems.append(query.lastError().text());
        while (query.next())
            problems.append(QStringLiteral("a row of %1 refers to nothing").arg(query.value(0).toString()));
    });
    return problems.join(QStringLiteral("; "));
}

QStringList storedClientIds(const QString &directory)
{
    QStringList all;
    withDatabase(directory + databaseName, [&](QSqlDatabase &database) {
        QSqlQuery query(database);
        query.exec(QStringLiteral("SELECT client_id FROM events"));
        while (query.next())
            all.append(QUuid::fromRfc4122(query.value(0).toByteArray()).toString(QUuid::WithoutBraces));
    });
    return all;
}

int changeDatabase(const QString &directory, const QString &statement)
{
    int changed = 0;
    QString problem;
    withDatabase(directory + databaseName, [&](QSqlDatabase &database) {
        QSqlQuery query(database);
        if (query.exec(statement))
            changed = query.numRowsAffected();
        else
            problem = query.lastError().text();
    });
    if (!problem.isEmpty())
        throw load::Failure(QStringLiteral("The database cannot be changed: %1").arg(problem));
    return changed;
}

} // namespace rookery::faults
