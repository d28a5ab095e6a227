// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/tokensigner.h"

#include <QFile>
#include <QFileInfo>

#include <sodium.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rookery::auth {

namespace {

constexpr qsizetype keyBytes = 32;

/// An open file, closed on destruction.
class File
{
public:
    File(const QByteArray &path, int flags, mode_t mode = 0)
        : m_descriptor(::open(path.constData(), flags | O_CLOEXEC, mode))
    { }
    File(const File &) = delete;
    File &operator=(const File &) = delete;
    ~File()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    bool isOpen() const { return m_descriptor >= 0; }
    int descriptor() const { return m_descriptor; }

private:
    int m_descriptor;
};

Error refusal(const QString &path, const QString &sentence)
{
    return {ErrorCode::Internal, QStringLiteral("The signing key %1 %2").arg(path, sentence)};
}

Error systemRefusal(const QString &path, const QString &what)
{
    const QString reason = QString::fromLocal8Bit(std::strerror(errno));
    return refusal(path, QStringLiteral("cannot be %1: %2.").arg(what, reason));
}

bool readAll(int descriptor, QByteArray &bytes)
{
    for (qsizetype have = 0; have < bytes.size();) {
        const ssize_t got = ::read(descriptor, bytes.data() + have, size_t(bytes.size() - have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        have += got;
    }
    return true;
}

bool writeAll(int descriptor, const QByteArray &bytes)
{
    for (qsizetype done = 0; done < bytes.size();) {
        const ssize_t wrote = ::write(descriptor, bytes.constData() + done, size_t(bytes.size() - done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        done += wrote;
    }
    return true;
}

/// The key, or nullopt if there is no such file.
Result<std::optional<QByteArray>> loadKey(const QString &path)
{
    // O_NONBLOCK: opening a FIFO in the key's place must not block the start of the daemon.
    const File file(QFile::encodeName(path), O_RDONLY | O_NONBLOCK);
    if (!file.isOpen()) {
        if (errno == ENOENT)
            return std::optional<QByteArray>();
        return systemRefusal(path, QStringLiteral("opened"));
    }
    struct stat status = {};
    if (::fstat(file.descriptor(), &status) != 0)
        return systemRefusal(path, QStringLiteral("examined"));
    if (!S_ISREG(status.st_mode))
        return refusal(path, QStringLiteral("is not a regular file."));
    if ((status.st_mode & 0077) != 0)
        return refusal(path,
            QStringLiteral("is open to others (mode %1). Whoever can read it can log in as anybody: run "
                           "'chmod 600' on it, or delete it to have a new one made, which ends all sessions.")
                .arg(uint(status.st_mode & 07777), 4, 8, QLatin1Char('0')));
    if (status.st_size != keyBytes)
        return refusal(path,
            QStringLiteral(
                "holds %1 bytes where %2 are expected. Delete it to have a new one made, which ends "
                "all sessions.")
                .arg(qint64(status.st_size))
                .arg(keyBytes));
    QByteArray key(keyBytes, Qt::Uninitialized);
    if (!readAll(file.descriptor(), key))
        return systemRefusal(path, QStringLiteral("read"));
    return std::optional<QByteArray>(std::move(key));
}

/// Writes a new key. At no moment does a file of this name exist that is incomplete, not on disk or readable
/// by others. If another process was faster, its key stays.
std::optional<Error> createKey(const QString &path)
{
    if (sodium_init() < 0)
        return refusal(path, QStringLiteral("cannot be made: libsodium could not be initialised."));
    QByteArray key(keyBytes, Qt::Uninitialized);
    randombytes_buf(key.data(), size_t(key.size()));

    const QByteArray name = QFile::encodeName(path);
    const QByteArray draft = name + ".new-" + QByteArray::number(randombytes_random(), 16);
    bool complete = false;
    {
        const File file(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (!file.isOpen())
            return systemRefusal(path, QStringLiteral("made"));
        complete = writeAll(file.descriptor(), key) && ::fsync(file.descriptor()) == 0;
    }
    sodium_memzero(key.data(), size_t(key.size()));
    std::optional<Error> problem;
    if (!complete) {
        problem = systemRefusal(path, QStringLiteral("written"));
    } else if (::link(draft.constData(), name.constData()) != 0 && errno != EEXIST) {
        // A file system without hard links. rename() would replace a key made meanwhile, but there is no
        // alternative.
        if (::rename(draft.constData(), name.constData()) != 0)
            problem = systemRefusal(path, QStringLiteral("put in place"));
    }
    ::unlink(draft.constData());
    const File directory(QFile::encodeName(QFileInfo(path).absolutePath()), O_RDONLY | O_DIRECTORY);
    if (directory.isOpen())
        ::fsync(directory.descriptor());
    return problem;
}

} // namespace

Result<QByteArray> loadOrCreateSigningKey(const QString &path)
{
    auto key = loadKey(path);
    if (key && !key->has_value()) {
        if (const auto problem = createKey(path))
            return *problem;
        key = loadKey(path);
    }
    if (!key)
        return key.error();
    if (!key->has_value())
        return refusal(path, QStringLiteral("was taken away while it was being made."));
    return std::move(**key);
}

} // namespace rookery::auth
