// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/stream/localsocket.h"

#include <QFile>

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace rookery::net {

namespace {

Error because(const QString &why)
{
    return {ErrorCode::InvalidField, why};
}

Error failed(const char *what, int error)
{
    return because(QStringLiteral("%1: %2").arg(
        QString::fromLatin1(what), QString::fromLocal8Bit(std::strerror(error))));
}

int newSocket()
{
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

sockaddr_un socketAddress(const QByteArray &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.constData(), size_t(path.size()));
    return address;
}

/// Removes a socket that nobody listens on any more. Any other file stays.
Result<Nothing> removeStale(const QByteArray &path)
{
    struct stat status = {};
    if (::lstat(path.constData(), &status) != 0)
        return errno == ENOENT ? Result<Nothing>(Nothing()) : failed("it cannot be looked at", errno);
    if (!S_ISSOCK(status.st_mode))
        return because(QStringLiteral("a file that is no socket is there"));

    const int probe = newSocket();
    if (probe < 0)
        return failed("no socket can be made", errno);
    const sockaddr_un address = socketAddress(path);
    const bool answered = ::connect(probe, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    const int error = errno;
    ::close(probe);
    // A full backlog (EAGAIN) means that somebody listens, too.
    if (answered || error == EAGAIN || error == EINPROGRESS)
        return because(QStringLiteral("another process listens there"));
    if (error != ECONNREFUSED && error != ENOENT)
        return failed("whether somebody listens there cannot be told", error);
    if (::unlink(path.constData()) != 0 && errno != ENOENT)
        return failed("the socket that was left there cannot be removed", errno);
    return Nothing();
}

} // namespace

Result<std::unique_ptr<LocalSocket>> LocalSocket::listen(const QString &path, mode_t mode, int backlog)
{
    const QByteArray encoded = QFile::encodeName(path);
    if (encoded.isEmpty() || encoded.size() > longestPath)
        return because(QStringLiteral("the path must be 1 to %1 bytes long").arg(longestPath));
    if (auto removed = removeStale(encoded); !removed)
        return removed.error();
    const int descriptor = newSocket();
    if (descriptor < 0)
        return failed("no socket can be made", errno);
    std::unique_ptr<LocalSocket> socket(new LocalSocket(descriptor, encoded));
    if (auto opened = socket->open(mode, backlog); !opened)
        return opened.error();
    return socket;
}

Result<Nothing> LocalSocket::open(mode_t mode, int backlog)
{
    const sockaddr_un address = socketAddress(m_path);
    if (::bind(m_descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return failed("it cannot be made", errno);
    struct stat status = {};
    m_bound = ::lstat(m_path.constData(), &status) == 0;
    m_device = status.st_dev;
    m_inode = status.st_ino;
    // Nobody can connect before listen(), so the mode set by bind() does not matter.
    if (::chmod(m_path.constData(), mode) != 0)
        return failed("its mode cannot be set", errno);
    if (::listen(m_descriptor, backlog) != 0)
        return failed("nobody can be listened to", errno);
    return Nothing();
}

LocalSocket::~LocalSocket()
{
    struct stat status = {};
    if (m_bound && ::lstat(m_path.constData(), &status) == 0 && status.st_dev == m_device
        && status.st_ino == m_inode)
        ::unlink(m_path.constData());
    ::close(m_descriptor);
}

} // namespace rookery::net
