// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/factory/storefactory.h"

#include "server/store/postgres/postgresstore.h"
#include "server/store/sqlite/sqlitestore.h"

namespace rookery::store {

namespace {

const QString sqliteScheme = QStringLiteral("sqlite");
const QString fileScheme = QStringLiteral("file");
/// Both are libpq's.
const QStringList postgresSchemes{QStringLiteral("postgresql"), QStringLiteral("postgres")};

Error refusal(const QString &sentence)
{
    return Error{ErrorCode::Internal, sentence};
}

template <typename Database, typename Options>
Result<std::unique_ptr<Store>> openAs(const Options &options)
{
    auto store = Database::open(options);
    if (!store)
        return store.error();
    return std::unique_ptr<Store>(std::move(store).value());
}

Result<std::unique_ptr<Store>> openSqliteUrl(QUrl url, const StoreOptions &options)
{
    // With two slashes, the first folder of the path is taken for a host.
    if (!url.authority().isEmpty() || url.hasQuery() || url.hasFragment())
        return refusal(
            QStringLiteral("The URL of an SQLite database has nothing but a path: sqlite:///path/to/file."));
    url.setScheme(fileScheme);
    SqliteOptions all{options};
    all.path = url.toLocalFile();
    if (all.path.isEmpty())
        return refusal(
            QStringLiteral("The URL of the SQLite database names no file: sqlite:///path/to/file."));
    return openAs<SqliteStore>(all);
}

Result<std::unique_ptr<Store>> openPostgresUrl(const QUrl &url, const StoreOptions &options)
{
    postgres::PostgresOptions all{options};
    all.conninfo = url.toString(QUrl::FullyEncoded);
    return openAs<postgres::PostgresStore>(all);
}

} // namespace

Result<std::unique_ptr<Store>> open(const QUrl &url, const StoreOptions &options)
{
    if (!url.isValid())
        return refusal(QStringLiteral("The URL of the database is not valid."));
    if (url.scheme() == sqliteScheme)
        return openSqliteUrl(url, options);
    if (postgresSchemes.contains(url.scheme()))
        return openPostgresUrl(url, options);
    return refusal(QStringLiteral(
        "The URL of the database has the scheme '%1'; this rookeryd knows 'sqlite' and 'postgresql'.")
                       .arg(url.scheme()));
}

QUrl sqliteUrl(const QString &path)
{
    QUrl url = QUrl::fromLocalFile(path);
    url.setScheme(sqliteScheme);
    return url;
}

} // namespace rookery::store
