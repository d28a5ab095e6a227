// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/datalock.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace rookery {

Result<DataLock> DataLock::take(const QString &path)
{
    const QString directory = QFileInfo(path).absolutePath();
    DataLock lock(
        ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (lock.m_descriptor >= 0 && ::flock(lock.m_descriptor, LOCK_EX | LOCK_NB) == 0)
        return lock;
    const int error = errno;
    if (lock.m_descriptor >= 0 && error == EWOULDBLOCK)
        return Error{ErrorCode::Overloaded,
            QStringLiteral("Another rookeryd is using the data directory %1.").arg(directory)};
    return Error{ErrorCode::Internal,
        QStringLiteral("The data directory %1 cannot be locked: %2.")
            .arg(directory, QString::fromLocal8Bit(std::strerror(error)))};
}

DataLock::DataLock(DataLock &&other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
{ }

DataLock &DataLock::operator=(DataLock &&other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

DataLock::~DataLock()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

} // namespace rookery
