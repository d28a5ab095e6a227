// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/historyfile.h"

#include "common/ids.h"
#include "server/store/databaseerror.h"

#include <QFile>
#include <QSaveFile>

#include <algorithm>
#include <utility>

namespace rookery::store::postgres {

namespace {

const QString title = QStringLiteral("rookery database 1");
constexpr qint64 largest = 64 * 1024;

} // namespace

QString toText(const Position &position)
{
    return QStringLiteral("%1 %2 %3").arg(position.database).arg(position.timeline).arg(position.lsn);
}

std::optional<Position> toPosition(const QString &text)
{
    const QStringList parts = text.split(u' ');
    if (parts.size() != 3)
        return std::nullopt;
    bool isTimeline = false;
    bool isLsn = false;
    const Position position{parts[0], parts[1].toUInt(&isTimeline), parts[2].toLongLong(&isLsn)};
    if (position.database.isEmpty() || !isTimeline || !isLsn)
        return std::nullopt;
    return position;
}

std::optional<KnownHistory> HistoryFile::read() const
{
    QFile file(m_path);
    if (m_path.isEmpty() || !file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const QStringList lines = QString::fromLatin1(file.read(largest)).split(u'\n');
    if (lines.size() < 3 || lines[0] != title)
        return std::nullopt;
    const auto position = toPosition(lines[1]);
    const QStringList epochs = lines[2].split(u' ');
    if (!position || !std::all_of(epochs.cbegin(), epochs.cend(), [](const auto &one) { return isId(one); }))
        return std::nullopt;
    return KnownHistory{*position, epochs};
}

void HistoryFile::write(const KnownHistory &history)
{
    if (m_path.isEmpty())
        return;
    const QByteArray bytes =
        QStringList{title, toText(history.position), history.epochs.join(u' '), {}}.join(u'\n').toLatin1();
    QSaveFile file(m_path);
    const bool isWritten = file.open(QIODevice::WriteOnly)
        && file.setPermissions(QFile::ReadOwner | QFile::WriteOwner) && file.write(bytes) == bytes.size()
        && file.commit();
    if (isWritten)
        m_failed = false;
    else if (!std::exchange(m_failed, true))
        qCWarning(storeLog,
            "%ls cannot be written: a restore of the database while no node runs may go unnoticed",
            qUtf16Printable(m_path));
}

} // namespace rookery::store::postgres
