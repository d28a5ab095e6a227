// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/cache/cachefile.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <array>

namespace rookery::client::cachefile {

namespace {

constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner;
constexpr std::array companions{QLatin1String(""), QLatin1String("-wal"), QLatin1String("-shm")};
const QLatin1String damaged("damaged");
const QLatin1String newer("newer");
const QLatin1String rescue("rescue");

QString asidePath(const QString &path, const QString &reason)
{
    const QFileInfo info(path);
    return info.dir().filePath(info.completeBaseName() + u'.' + reason + u'.' + info.suffix());
}

void removeDatabase(const QString &path)
{
    for (const QLatin1String companion : companions)
        QFile::remove(path + companion);
}

void moveLog(const QString &from, const QString &to)
{
    if (QFile::exists(from + QLatin1String("-wal")))
        QFile::rename(from + QLatin1String("-wal"), to + QLatin1String("-wal"));
}

bool moveDatabase(const QString &from, const QString &to)
{
    removeDatabase(to);
    // The index of the log belongs to the processes that have it open.
    QFile::remove(from + QLatin1String("-shm"));
    if (!QFile::rename(from, to)) {
        removeDatabase(from);
        return false;
    }
    moveLog(from, to);
    return true;
}

} // namespace

QString path(const QString &directory, const QUrl &server, const QString &userId)
{
    const QString account = server.host().toLower() + u':' + QString::number(server.port())
        + server.path(QUrl::FullyEncoded) + u'\n' + userId;
    const QByteArray hash = QCryptographicHash::hash(account.toUtf8(), QCryptographicHash::Sha256).toHex();
    return QDir(directory).filePath(QString::fromLatin1(hash.first(32)) + QLatin1String(".sqlite"));
}

bool prepare(const QString &path)
{
    const QString directory = QFileInfo(path).absolutePath();
    if (!QFileInfo::exists(directory)) {
        if (!QDir().mkpath(directory))
            return false;
        QFile::setPermissions(directory, ownerOnly | QFile::ExeOwner);
    }
    QFile file(path);
    // Somebody was killed between moving the file and moving its log, which SQLite deletes beside an empty
    // file.
    if (!file.exists() && QFile::exists(rescuePath(path)))
        moveLog(path, rescuePath(path));
    if (!file.exists() && !file.open(QIODevice::WriteOnly | QIODevice::NewOnly, ownerOnly))
        return false;
    file.close();
    // An older one may have been made by another program under another umask.
    file.setPermissions(ownerOnly);
    return true;
}

QString rescuePath(const QString &path)
{
    return asidePath(path, rescue);
}

bool moveAside(const QString &path)
{
    return moveDatabase(path, rescuePath(path));
}

QString fileAway(const QString &path, const QString &reason)
{
    const QString waiting = rescuePath(path);
    const QString aside = asidePath(path, reason);
    return QFile::exists(waiting) && moveDatabase(waiting, aside) ? aside : QString();
}

void remove(const QString &path)
{
    removeDatabase(path);
    removeDatabase(asidePath(path, damaged));
    removeDatabase(asidePath(path, newer));
    removeDatabase(rescuePath(path));
}

} // namespace rookery::client::cachefile
