// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/logins/loginfile.h"

#include "common/jsonreader.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rookery::client::loginfile {

namespace {

constexpr qsizetype mostBytes = 64 * 1024;
constexpr mode_t ownerOnly = S_IRUSR | S_IWUSR;

const QByteArray tokenHeader =
    "# This file logs you in to a Rookery server without a password.\n"
    "# Whoever has it can read and write there as you: do not copy it, do not send it to anybody.\n"
    "# Rookery made it because \"Keep me logged in on this computer\" was ticked and there was no keyring.\n"
    "# \"Log out\" in Rookery ends the log-in and deletes this file.\n";
const QByteArray keyringHeader =
    "# This file names the account that Rookery opens when it starts.\n"
    "# What logs you in is not here but in the keyring of this computer.\n"
    "# Rookery made it because \"Keep me logged in on this computer\" was ticked; \"Log out\" deletes it.\n";

/// Closes a file descriptor on destruction.
class Descriptor
{
public:
    explicit Descriptor(int fd)
        : m_fd(fd)
    { }
    ~Descriptor() { close(); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    int get() const { return m_fd; }
    bool close()
    {
        const int fd = std::exchange(m_fd, -1);
        return fd < 0 || ::close(fd) == 0;
    }

private:
    int m_fd;
};

bool isServer(const QUrl &url)
{
    return url.isValid() && !url.host().isEmpty() && url.port() > 0
        && (url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("http"));
}

Result<KeptLogin> decode(const QByteArray &bytes)
{
    qsizetype at = 0;
    while (at < bytes.size() && bytes.at(at) == '#') {
        const qsizetype end = bytes.indexOf('\n', at);
        at = end < 0 ? bytes.size() : end + 1;
    }
    const auto json = JsonReader::parse(bytes.mid(at));
    if (!json)
        return json.error();
    KeptLogin login;
    QString server;
    QString token;
    const std::pair<QLatin1String, QString *> fields[] = {{QLatin1String("address"), &login.address},
        {QLatin1String("server"), &server}, {QLatin1String("user_id"), &login.user.id},
        {QLatin1String("username"), &login.user.name}, {QLatin1String("token"), &token}};
    for (const auto &[name, value] : fields) {
        const auto text = json->string(name);
        if (!text)
            return text.error();
        // Only the token may be stored elsewhere.
        if (text->isEmpty() && value != &token)
            return Error{ErrorCode::InvalidField, QStringLiteral("'%1' is empty").arg(name), name};
        *value = *text;
    }
    const auto wasRefused = json->optionalBool(QLatin1String("refused"));
    if (!wasRefused)
        return wasRefused.error();
    login.refused = wasRefused->value_or(false);
    login.server = QUrl(server, QUrl::StrictMode);
    if (!isServer(login.server))
        return Error{ErrorCode::InvalidField, QStringLiteral("'server' is no address of a server")};
    login.token = token.toUtf8();
    // The token becomes part of an HTTP header.
    for (const char byte : std::as_const(login.token)) {
        if (byte <= ' ' || byte > '~')
            return Error{ErrorCode::InvalidField, QStringLiteral("'token' is no token")};
    }
    return login;
}

QByteArray encode(const KeptLogin &login)
{
    QJsonObject json{{QStringLiteral("address"), login.address},
        {QStringLiteral("server"), login.server.toString(QUrl::FullyEncoded)},
        {QStringLiteral("user_id"), login.user.id}, {QStringLiteral("username"), login.user.name},
        {QStringLiteral("token"), QString::fromUtf8(login.token)}};
    if (login.refused)
        json.insert(QStringLiteral("refused"), true);
    return (login.token.isEmpty() ? keyringHeader : tokenHeader) + QJsonDocument(json).toJson();
}

bool writeAll(int fd, const QByteArray &bytes)
{
    qsizetype done = 0;
    while (done < bytes.size()) {
        const ssize_t written = ::write(fd, bytes.constData() + done, size_t(bytes.size() - done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        done += written;
    }
    return true;
}

} // namespace

QString path(const QString &directory)
{
    return QDir(directory).filePath(QStringLiteral("login"));
}

Outcome<std::optional<KeptLogin>> read(const QString &path)
{
    // The checks apply to the opened file, whatever happens to its name meanwhile. O_NONBLOCK: a FIFO must
    // not block.
    const Descriptor file(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return std::optional<KeptLogin>();
        if (errno == ELOOP)
            return Problem::ofFile(Problem::LogInFileIsLink, path);
        return Problem::ofFile(Problem::LogInNotRead, path, errno);
    }
    struct stat info = {};
    if (::fstat(file.get(), &info) != 0)
        return Problem::ofFile(Problem::LogInNotRead, path, errno);
    if (!S_ISREG(info.st_mode))
        return Problem::ofFile(Problem::LogInFileIsNoFile, path);
    if (info.st_uid != ::geteuid())
        return Problem::ofFile(Problem::LogInFileOfOther, path);
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Problem::ofFile(Problem::LogInFileOpen, path, info.st_mode & 07777);
    QByteArray bytes(mostBytes + 1, Qt::Uninitialized);
    qsizetype size = 0;
    while (size < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + size, size_t(bytes.size() - size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Problem::ofFile(Problem::LogInNotRead, path, errno);
        if (got == 0)
            break;
        size += got;
    }
    if (size > mostBytes)
        return Problem::ofFile(Problem::LogInFileTooLarge, path);
    bytes.truncate(size);
    const auto login = decode(bytes);
    if (!login)
        return Problem::ofFile(Problem::LogInFileDamaged, path, 0, login.error().detail);
    return std::optional<KeptLogin>(*login);
}

Outcome<Nothing> write(const QString &path, const KeptLogin &login)
{
    const QString directory = QFileInfo(path).absolutePath();
    if (!QFileInfo::exists(directory)) {
        if (!QDir().mkpath(directory))
            return Problem::ofFile(Problem::LogInNotKept, directory, errno);
        QFile::setPermissions(directory, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    const QByteArray name = QFile::encodeName(path);
    const QByteArray draft = name + ".new";
    ::unlink(draft.constData()); // left by a process that was killed below
    Descriptor file(
        ::open(draft.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, ownerOnly));
    if (file.get() < 0)
        return Problem::ofFile(Problem::LogInNotKept, path, errno);
    // The umask can only have removed bits.
    if (::fchmod(file.get(), ownerOnly) != 0 || !writeAll(file.get(), encode(login))
        || ::fsync(file.get()) != 0 || !file.close()
        || std::rename(draft.constData(), name.constData()) != 0) {
        const int error = errno;
        ::unlink(draft.constData());
        return Problem::ofFile(Problem::LogInNotKept, path, error);
    }
    return Nothing();
}

Outcome<Nothing> remove(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    ::unlink((name + ".new").constData());
    if (::unlink(name.constData()) != 0 && errno != ENOENT && errno != ENOTDIR)
        return Problem::ofFile(Problem::LogInNotDeleted, path, errno);
    return Nothing();
}

} // namespace rookery::client::loginfile
