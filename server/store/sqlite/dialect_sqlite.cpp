// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/dialect_sqlite.h"

#include "common/sql/database.h"

#include <QAtomicInteger>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSqlError>
#include <QVariant>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace rookery::store::sqlite {

namespace {

// "Rkry", set by the first schema step.
constexpr qint64 applicationId = 0x526b7279;

constexpr int busyTimeoutMs = 5000;
constexpr int truncationWaitMs = 50;

constexpr QFileDevice::Permissions ownerOnly = QFileDevice::ReadOwner | QFileDevice::WriteOwner;

Error refusal(const QString &sentence)
{
    return Error{ErrorCode::Internal, sentence};
}

/// The primary codes (sqlite.org/rescode.html), in the low byte.
enum Code {
    AnyError = 1,
    Busy = 5,
    Permission = 3,
    Interrupt = 9,
    NoMemory = 7,
    ReadOnly = 8,
    InputOutput = 10,
    Corrupt = 11,
    Full = 13,
    CannotOpen = 14,
    TooBig = 18,
    Constraint = 19,
    Mismatch = 20,
    Range = 25,
    NotADatabase = 26,
};

QString shown(const QString &path)
{
    return QDir::toNativeSeparators(path);
}

QString newConnectionName()
{
    static QAtomicInteger<quint64> counter;
    return QStringLiteral("rookery-store-%1").arg(counter.fetchAndAddRelaxed(1));
}

/// Whether the open file may be ours. Only reads: even switching another program's database to WAL would change it.
Result<Nothing> checkOwner(Connection &connection, const QString &path)
{
    const qint64 id = connection.value(QStringLiteral("PRAGMA application_id")).toLongLong();
    if (id == applicationId)
        return Nothing();
    const bool empty = !connection.value(QStringLiteral("SELECT 1 FROM sqlite_master LIMIT 1")).isValid();
    if (id == 0 && empty)
        return Nothing();
    return refusal(QStringLiteral("%1 is a database of another program, not of rookeryd. It was left as it "
                                  "is; give another data directory.")
                       .arg(shown(path)));
}

/// Makes the names of the folder's files durable. False: errno says why.
bool syncFolder(const QString &path)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const bool synced = ::fsync(descriptor) == 0;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return synced;
}

void setUp(Connection &connection, Access access)
{
    if (access == Access::Write) {
        const QString mode = connection.value(QStringLiteral("PRAGMA journal_mode = WAL")).toString();
        if (mode != QLatin1String("wal"))
            throw DatabaseError{Fault::Connection,
                QStringLiteral("its file system does not support write-ahead logging (journal mode '%1')")
                    .arg(mode)};
        // A failed automatic checkpoint would go unnoticed: the checkpointer makes all of them.
        connection.execute(QStringLiteral("PRAGMA wal_autocheckpoint = 0"));
        connection.execute(QStringLiteral("PRAGMA journal_size_limit = 67108864"));
        // SQLite overwrites deleted content, and sql::open() sees to the unused space of pages. The log has both until
        // the checkpointer empties it; after that this connection reads its pages again.
        connection.execute(QStringLiteral("PRAGMA secure_delete = ON"));
    } else {
        connection.execute(QStringLiteral("PRAGMA query_only = ON"));
    }
    // In WAL mode FULL means one fsync per commit, so that commits survive a power loss. It also makes the
    // checkpointer sync both files, although its connection reads only.
    connection.execute(QStringLiteral("PRAGMA synchronous = FULL"));
    connection.execute(QStringLiteral("PRAGMA foreign_keys = ON"));
    // Sorting must not need space on a disk that may be full.
    connection.execute(QStringLiteral("PRAGMA temp_store = MEMORY"));
    connection.execute(QStringLiteral("PRAGMA cache_size = -8000"));
}

} // namespace

Result<Nothing> prepareFile(const QString &path)
{
    const QFileInfo info(path);
    const QDir folder = info.absoluteDir();
    if (!folder.exists()) {
        const QFileInfo folderInfo(folder.absolutePath());
        const bool made = QDir().mkpath(folderInfo.absolutePath())
            && QDir().mkdir(folder.absolutePath(), ownerOnly | QFileDevice::ExeOwner);
        if (!made && !folder.exists())
            return refusal(
                QStringLiteral("The data directory %1 cannot be made: %2.")
                    .arg(shown(folder.absolutePath()), QString::fromLocal8Bit(std::strerror(errno))));
    }
    if (info.isDir())
        return refusal(QStringLiteral("%1 is a folder, not a database file.").arg(shown(path)));
    if (!info.exists()) {
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly, ownerOnly) && !QFileInfo::exists(path))
            return refusal(
                QStringLiteral("The database %1 cannot be made: %2.").arg(shown(path), file.errorString()));
    }
    // By name, without opening the file: closing any descriptor of it would drop SQLite's locks.
    constexpr auto others = QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ExeGroup
        | QFileDevice::ReadOther | QFileDevice::WriteOther | QFileDevice::ExeOther;
    if ((QFile::permissions(path) & others) && !QFile::setPermissions(path, ownerOnly))
        return refusal(
            QStringLiteral("The permissions of %1 cannot be set to 0600; it must belong to the user "
                           "that rookeryd runs as.")
                .arg(shown(path)));
    return Nothing();
}

Result<std::unique_ptr<Connection>> connect(const QString &path, Access access)
{
    const QString name = newConnectionName();
    QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
    auto connection = std::make_unique<SqliteConnection>(name, &classify);
    QSqlDatabase &database = connection->database();
    if (!database.isValid())
        return refusal(QStringLiteral("Qt's SQLite driver is not installed (on Debian: libqt6sql6-sqlite)."));
    if (!sql::open(database, path, QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(busyTimeoutMs)))
        return refusal(QStringLiteral("The database %1 cannot be opened: %2.")
                           .arg(shown(path), database.lastError().databaseText()));
    try {
        if (access == Access::Write) {
            if (const auto owned = checkOwner(*connection, path); !owned)
                return owned.error();
        }
        setUp(*connection, access);
    } catch (const DatabaseError &error) {
        return refusal(QStringLiteral("The database %1 cannot be used: %2.").arg(shown(path), error.text)
            + advice(error.code));
    }
    return std::unique_ptr<Connection>(std::move(connection));
}

void makeLogDurable(Connection &connection, const QString &path)
{
    // Nobody else may append to the log meanwhile. SQLite locks its index and not the log itself, so closing the
    // descriptor drops no lock.
    const Transaction nobodyElse(connection);
    QFile log(path + QLatin1String("-wal"));
    if (!log.exists())
        return;
    const auto failed = [&log](const QString &reason) {
        return DatabaseError{Fault::Connection, QStringLiteral("%1: %2").arg(shown(log.fileName()), reason)};
    };
    if (!log.open(QIODevice::ReadWrite | QIODevice::ExistingOnly | QIODevice::Unbuffered))
        throw failed(log.errorString());
    constexpr qint64 piece = 1 << 20;
    for (qint64 at = 0; at < log.size();) {
        log.seek(at);
        const QByteArray bytes = log.read(piece);
        log.seek(at);
        if (bytes.isEmpty() || log.write(bytes) != bytes.size())
            throw failed(log.errorString());
        at += bytes.size();
    }
    if (::fdatasync(log.handle()) != 0 || !syncFolder(QFileInfo(path).absolutePath()))
        throw failed(QString::fromLocal8Bit(std::strerror(errno)));
}

void checkpoint(Connection &connection)
{
    // The writer restarts the log once all of it has been copied. What it appends during one pass is left for the
    // next, shorter one; under full load there is always something left.
    constexpr int passes = 6;
    // Pages in the log past which the writer has to wait until all of it has been copied, so that it can restart it.
    constexpr qint64 bound = 8000;
    qint64 known = 0;
    for (int pass = 0; pass < passes; ++pass) {
        Statement row = connection.statement("PRAGMA wal_checkpoint(PASSIVE)");
        const bool done = !row.next() || row.integerAt(0) != 0 || row.integerAt(1) <= known;
        if (done)
            return;
        known = row.integerAt(1);
    }
    if (known > bound) {
        Statement row = connection.statement("PRAGMA wal_checkpoint(FULL)");
        row.next();
    }
}

bool truncateLog(Connection &connection)
{
    connection.execute(QStringLiteral("PRAGMA busy_timeout = %1").arg(truncationWaitMs));
    bool done = false;
    {
        Statement row = connection.statement("PRAGMA wal_checkpoint(TRUNCATE)");
        done = row.next() && row.integerAt(0) == 0;
    }
    connection.execute(QStringLiteral("PRAGMA busy_timeout = %1").arg(busyTimeoutMs));
    return done;
}

void withoutForeignKeys(Connection &connection, const std::function<void()> &work)
{
    try {
        connection.execute(QStringLiteral("PRAGMA foreign_keys = OFF"));
        work();
        connection.execute(QStringLiteral("PRAGMA foreign_keys = ON"));
    } catch (const DatabaseError &error) {
        throw DatabaseError{Fault::Connection, error.text};
    }
}

QString advice(int code)
{
    switch (code & 0xff) {
    // SQLite says "disk I/O error" also if there is no space for the log's index.
    case InputOutput:
    case Full:
        return QStringLiteral(" Its disk may be full, or fail.");
    case Corrupt:
        return QStringLiteral(" The file is damaged: restore a backup, or give another data directory.");
    case NotADatabase:
        return QStringLiteral(" Something else is in its place, or it is damaged: put the database or a "
                              "backup back, or give another data directory.");
    case Permission:
    case ReadOnly:
    case CannotOpen:
        return QStringLiteral(" The user that rookeryd runs as must own the file and its directory, and be "
                              "able to write to both.");
    case Busy:
        return QStringLiteral(" Another program uses it.");
    default:
        return {};
    }
}

Fault classify(const QSqlError &error)
{
    bool known = false;
    // The low byte is the primary code; the others refine it.
    const int code = error.nativeErrorCode().toInt(&known) & 0xff;
    if (!known)
        return Fault::Connection;
    switch (code) {
    case AnyError:
    case TooBig:
    case Constraint:
    case Mismatch:
    case Range:
        return Fault::Statement;
    case Full:
        return Fault::Full;
    case Busy:
    case Interrupt:
    case NoMemory:
        return Fault::Transaction;
    default:
        return Fault::Connection;
    }
}

} // namespace rookery::store::sqlite
