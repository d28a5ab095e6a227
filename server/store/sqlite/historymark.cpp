// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/historymark.h"

#include "common/ids.h"
#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/fileidentity.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace rookery::store {

namespace {

/// One sector of a disk, so that the file is written completely or not at all.
constexpr qsizetype fileBytes = 512;
const QByteArray title = "rookery history 1";

QString pathBeside(const QString &databasePath)
{
    const QFileInfo database(databasePath);
    return database.dir().filePath(database.completeBaseName() + QStringLiteral(".last-event"));
}

/// Makes the name of a new file durable.
bool syncFolder(const QString &path)
{
    const int folder = ::open(
        QFile::encodeName(QFileInfo(path).absolutePath()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return false;
    const bool synced = ::fsync(folder) == 0;
    ::close(folder);
    return synced;
}

} // namespace

HistoryMark::HistoryMark(const QString &databasePath)
    : m_databasePath(databasePath)
    , m_path(pathBeside(databasePath))
{ }

HistoryMark::~HistoryMark()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

std::optional<HistoryMark::Content> HistoryMark::read() const
{
    QFile file(m_path);
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const QList<QByteArray> lines = file.read(fileBytes + 1).split('\n');
    if (lines.size() < 4 || lines[0] != title)
        return std::nullopt;
    Content content;
    content.epoch = QString::fromLatin1(lines[1]);
    content.file = lines[2];
    const QList<QByteArray> last = lines[3].simplified().split(' ');
    if (!isId(content.epoch))
        return std::nullopt;
    if (last == QList<QByteArray>{"none"})
        return content;
    if (last.size() != 3)
        return std::nullopt;
    content.room = QString::fromLatin1(last[0]);
    bool isNumber = false;
    content.seq = last[1].toLongLong(&isNumber);
    content.event = QString::fromLatin1(last[2]);
    if (!isId(content.room) || !isNumber || !isId(content.event))
        return std::nullopt;
    return content;
}

QByteArray HistoryMark::encode() const
{
    const QByteArray last = m_content.room.isEmpty() ? QByteArray("none")
                                                     : m_content.room.toLatin1() + ' '
            + QByteArray::number(m_content.seq) + ' ' + m_content.event.toLatin1();
    QByteArray bytes = title + '\n' + m_content.epoch.toLatin1() + '\n' + m_content.file + '\n' + last + '\n';
    bytes.append(fileBytes - bytes.size() - 1, ' ');
    return bytes.append('\n');
}

bool HistoryMark::isContinuedBy(Connection &connection) const
{
    const bool claimed = connection.statement("SELECT 1 FROM meta WHERE key = 'history_mark'").next();
    const auto content = read();
    if (!content)
        return !claimed && !QFile::exists(m_path);
    {
        Statement row = connection.statement("SELECT value FROM meta WHERE key = 'epoch'");
        if (!row.next() || row.textAt(0) != content->epoch)
            return false;
    }
    if (content->file != fileIdentity(m_databasePath))
        return false;
    if (content->room.isEmpty())
        return claimed;
    Statement row = connection.statement("SELECT 1 FROM events e JOIN rooms r ON r.id = e.room "
                                         "WHERE e.id = $1 AND e.seq = $2 AND r.public_id = $3");
    return row.id(1, content->event).integer(2, content->seq).id(3, content->room).next();
}

void HistoryMark::claim(Connection &connection)
{
    connection.statement("INSERT INTO meta (key, value) VALUES ('history_mark', '1') ON CONFLICT DO NOTHING")
        .run();
}

Result<Nothing> HistoryMark::begin(Connection &connection, const QString &epoch)
{
    const auto before = read();
    m_content = {};
    m_content.epoch = epoch;
    m_content.file = fileIdentity(m_databasePath);
    if (before && before->epoch == epoch && before->file == m_content.file) {
        m_content = *before;
    } else {
        // Ids grow with time: this is one of the newest events, which is enough.
        Statement row = connection.statement(
            "SELECT e.id, e.seq, r.public_id FROM events e JOIN rooms r ON r.id = e.room "
            "ORDER BY e.id DESC LIMIT 1");
        if (row.next()) {
            m_content.event = row.idAt(0);
            m_content.seq = row.integerAt(1);
            m_content.room = row.idAt(2);
        }
    }
    const bool isNew = !QFile::exists(m_path);
    m_descriptor =
        ::open(QFile::encodeName(m_path).constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (m_descriptor < 0 || !write() || ::fsync(m_descriptor) != 0 || (isNew && !syncFolder(m_path)))
        return Error{ErrorCode::Internal,
            QStringLiteral("The file %1 cannot be written: %2.")
                .arg(QDir::toNativeSeparators(m_path), QString::fromLocal8Bit(std::strerror(errno)))};
    return Nothing();
}

bool HistoryMark::write()
{
    const QByteArray bytes = encode();
    return ::pwrite(m_descriptor, bytes.constData(), size_t(bytes.size()), 0) == bytes.size();
}

void HistoryMark::note(const RoomEvent &event)
{
    m_content.room = event.roomId;
    m_content.seq = event.seq;
    m_content.event = event.id;
    if (write())
        m_failed = false;
    else if (!std::exchange(m_failed, true))
        qCWarning(storeLog, "%ls cannot be written: a restore from a backup may go unnoticed",
            qUtf16Printable(m_path));
}

} // namespace rookery::store
