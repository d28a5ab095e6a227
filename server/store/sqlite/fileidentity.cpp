// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/fileidentity.h"

#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>

namespace rookery::store {

QByteArray fileIdentity(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
#ifdef STATX_BTIME
    struct statx status = {};
    if (::statx(AT_FDCWD, name.constData(), 0, STATX_INO | STATX_BTIME, &status) != 0)
        return "0 0";
    const bool isKnown = (status.stx_mask & STATX_BTIME) != 0;
    const qint64 made =
        isKnown ? qint64(status.stx_btime.tv_sec) * 1'000'000'000 + status.stx_btime.tv_nsec : 0;
    return QByteArray::number(quint64(status.stx_ino)) + ' ' + QByteArray::number(made);
#else
    struct stat status = {};
    return QByteArray::number(::stat(name.constData(), &status) == 0 ? quint64(status.st_ino) : 0) + " 0";
#endif
}

} // namespace rookery::store
