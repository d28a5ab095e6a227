// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/sql/database.h"

#include "common/sql/scrubbingvfs.h"

#include <QLoggingCategory>
#include <QSqlError>
#include <QUrl>

#include <atomic>

namespace rookery::sql {

namespace {

Q_LOGGING_CATEGORY(sqlLog, "rookery.sql", QtInfoMsg)

/// The path as a URI (sqlite.org/uri.html), with this VFS.
QString uriOf(const QString &path, const char *vfs)
{
    // An empty authority: else a path that begins with two slashes would have one.
    const QString authority = path.startsWith(u'/') ? QStringLiteral("//") : QString();
    return QStringLiteral("file:%1%2?vfs=%3")
        .arg(authority, QString::fromLatin1(QUrl::toPercentEncoding(path, "/")), QLatin1String(vfs));
}

bool openPlainly(QSqlDatabase &database, const QString &path, const QString &options)
{
    database.setDatabaseName(path);
    database.setConnectOptions(options);
    return database.open();
}

} // namespace

bool open(QSqlDatabase &database, const QString &path, const QString &options)
{
    static std::atomic_bool isKnown = true; // to the SQLite that Qt uses
    const char *vfs = scrubbingVfs();
    if (vfs == nullptr || !isKnown)
        return openPlainly(database, path, options);
    database.setDatabaseName(uriOf(path, vfs));
    database.setConnectOptions(QStringLiteral("QSQLITE_OPEN_URI;") + options);
    if (database.open())
        return true;
    // The VFS is registered in the SQLite that this program is linked to. Where Qt's driver has another one, that says:
    if (!database.lastError().databaseText().contains(QLatin1String("no such vfs")))
        return false;
    if (isKnown.exchange(false))
        qCWarning(sqlLog,
            "Qt's driver brings an SQLite of its own: copies of deleted texts may stay in the database until "
            "VACUUM");
    return openPlainly(database, path, options);
}

} // namespace rookery::sql
