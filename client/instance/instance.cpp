// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/instance/instance.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLocalSocket>

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace rookery::client {

namespace {

constexpr int patience = 3'000; // ms
constexpr qsizetype mostDigits = 20;
const QByteArray shown = "shown\n";

bool makeDirectory(const QString &directory)
{
    if (QFileInfo::exists(directory))
        return true;
    return QDir().mkpath(directory)
        && QFile::setPermissions(directory, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

} // namespace

Instance::Instance(const QString &directory, QObject *parent)
    : QObject(parent)
    , m_lockPath(QDir(directory).filePath(QStringLiteral("lock")))
    , m_socketPath(QDir(directory).filePath(QStringLiteral("window")))
{
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket *socket = m_server.nextPendingConnection()) {
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            socket->write(shown);
            socket->disconnectFromServer();
            Q_EMIT windowWanted();
        }
    });
}

Instance::~Instance()
{
    m_server.close();
    if (m_lock >= 0)
        ::close(m_lock); // releases the lock; the file stays, or two processes could each hold one
}

Instance::Claim Instance::claim()
{
    if (m_lock >= 0)
        return Claim::Mine;
    if (!makeDirectory(QFileInfo(m_lockPath).absolutePath()))
        return Claim::Unknown;
    // Close-on-exec: a browser started from here may outlive this process.
    const int lock = ::open(QFile::encodeName(m_lockPath).constData(),
        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (lock < 0)
        return Claim::Unknown;
    int locked = 0;
    do {
        locked = ::flock(lock, LOCK_EX | LOCK_NB);
    } while (locked != 0 && errno == EINTR);
    if (locked != 0) {
        const bool isTaken = errno == EWOULDBLOCK;
        ::close(lock);
        return isTaken ? Claim::Taken : Claim::Unknown;
    }
    m_lock = lock;
    const QByteArray process = QByteArray::number(qint64(::getpid())) + '\n';
    if (::ftruncate(lock, 0) != 0 || ::write(lock, process.constData(), size_t(process.size())) < 0) {
        // Only the process id is missing then, and with it a detail in a message.
    }
    listen();
    return Claim::Mine;
}

void Instance::listen()
{
    QLocalServer::removeServer(m_socketPath); // left by a killed process
    // If it cannot listen, for example because the path is too long, a second process gets an error instead
    // of showing this window.
    if (m_server.listen(m_socketPath))
        QFile::setPermissions(m_socketPath, QFile::ReadOwner | QFile::WriteOwner);
}

bool Instance::showOther()
{
    QLocalSocket socket;
    socket.connectToServer(m_socketPath);
    if (!socket.waitForConnected(patience))
        return false;
    QByteArray answer;
    while (!answer.endsWith('\n') && socket.waitForReadyRead(patience))
        answer += socket.read(shown.size());
    return answer == shown;
}

qint64 Instance::otherProcess() const
{
    QFile file(m_lockPath);
    return file.open(QIODevice::ReadOnly) ? file.read(mostDigits).trimmed().toLongLong() : 0;
}

} // namespace rookery::client
