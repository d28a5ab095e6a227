// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/datadirectory.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

namespace rookery {

namespace {

constexpr mode_t ownerOnly = 0700;
constexpr mode_t others = 0077;

Error refusal(const QString &path, const QString &what)
{
    return {ErrorCode::Internal, QStringLiteral("The data directory %1 %2.").arg(path, what)};
}

QString systemsReason()
{
    return QString::fromLocal8Bit(std::strerror(errno));
}

QString octal(mode_t mode)
{
    return QStringLiteral("%1").arg(uint(mode & 07777), 4, 8, QLatin1Char('0'));
}

/// With its parents. False: errno says why.
bool makeDirectory(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    if (::mkdir(name.constData(), ownerOnly) == 0 || errno == EEXIST)
        return true;
    const QString parent = QFileInfo(path).path();
    if (errno != ENOENT || parent == path || !makeDirectory(parent))
        return false;
    return ::mkdir(name.constData(), ownerOnly) == 0 || errno == EEXIST;
}

bool holdsOurData(const QDir &directory)
{
    return directory.exists(QStringLiteral("rookery.db")) || directory.exists(QStringLiteral("signing.key"))
        || directory.exists(QStringLiteral("rookeryd.lock"));
}

/// The directory's mode; 0: there is none.
Result<mode_t> examine(const QString &path)
{
    struct stat status = {};
    if (::stat(QFile::encodeName(path).constData(), &status) != 0) {
        if (errno == ENOENT)
            return mode_t(0);
        return refusal(path, QStringLiteral("cannot be used: %1").arg(systemsReason()));
    }
    if (!S_ISDIR(status.st_mode))
        return refusal(path, QStringLiteral("is no directory"));
    const QDir directory(path);
    if ((status.st_mode & others) == 0)
        return status.st_mode;
    if ((status.st_mode & S_ISVTX) != 0)
        return refusal(path,
            QStringLiteral("is for several users (mode %1). Give rookeryd one of its own, such as --data %2")
                .arg(octal(status.st_mode), directory.filePath(QStringLiteral("rookery"))));
    if (!holdsOurData(directory)
        && !directory.isEmpty(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden | QDir::System))
        return refusal(path,
            QStringLiteral("holds other files, and others than its owner can enter it (mode %1). rookeryd "
                           "changes the mode of such a directory for nobody: give it one of its own, such as "
                           "--data %2, or take the others' access away with chmod 700")
                .arg(octal(status.st_mode), directory.filePath(QStringLiteral("rookery"))));
    return status.st_mode;
}

} // namespace

Result<Nothing> prepareDataDirectory(const QString &path)
{
    if (!makeDirectory(path))
        return refusal(path, QStringLiteral("cannot be made: %1").arg(systemsReason()));
    const auto mode = examine(path);
    if (!mode)
        return mode.error();
    if ((*mode & others) == 0)
        return Nothing();
    if (::chmod(QFile::encodeName(path).constData(), ownerOnly) == 0) {
        qInfo(
            "the mode of the data directory %s is %s from now on, instead of %s: only its owner can enter it",
            qUtf8Printable(path), qUtf8Printable(octal(ownerOnly)), qUtf8Printable(octal(*mode)));
        return Nothing();
    }
    // As with a volume that belongs to another user. The files in it are kept from others by their own modes.
    qWarning(
        "others than its owner can enter the data directory %s (mode %s), and that cannot be changed: %s",
        qUtf8Printable(path), qUtf8Printable(octal(*mode)), std::strerror(errno));
    return Nothing();
}

Result<Nothing> checkDataDirectory(const QString &path)
{
    const auto mode = examine(path);
    if (!mode)
        return mode.error();
    return Nothing();
}

} // namespace rookery
