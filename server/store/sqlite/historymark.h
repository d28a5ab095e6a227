// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "common/result.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace rookery::store {

class Connection;

/// Shows that a database has been put back to an earlier state, such as a backup. A small file beside it says
/// which history the daemon wrote last, in which file, and which event was the last: a database that lacks
/// this event, or is another one, has another history from then on, and needs another epoch.
///
/// The file is written after each commit and before anybody hears of it, but synced only at the start: it
/// outlives a kill, and may be some seconds old after a loss of power. It is never ahead of the database.
/// Lives on the writer's thread.
class HistoryMark
{
public:
    explicit HistoryMark(const QString &databasePath);
    HistoryMark(const HistoryMark &) = delete;
    HistoryMark &operator=(const HistoryMark &) = delete;
    ~HistoryMark();

    /// Whether the database goes on where the file says that it ended. Also true where neither the file nor a
    /// sign of it in the database is there: older versions kept none. Inside a transaction; throws
    /// DatabaseError.
    bool isContinuedBy(Connection &connection) const;
    /// Notes in the database that the file exists from now on; inside the same transaction.
    static void claim(Connection &connection);
    /// Once that has committed: writes the file for this history, durably. The Error is for the operator.
    Result<Nothing> begin(Connection &connection, const QString &epoch);
    /// This event has been committed, and nobody has heard of it yet.
    void note(const RoomEvent &event);

private:
    struct Content
    {
        QString epoch;
        QByteArray file; ///< which one the database was (fileidentity.h)
        QString room; ///< of the last event; empty: there is none
        qint64 seq = 0;
        QString event;
    };
    std::optional<Content> read() const; ///< nothing where there is none, or one that is damaged
    QByteArray encode() const;
    bool write();

    QString m_databasePath;
    QString m_path;
    Content m_content;
    int m_descriptor = -1;
    bool m_failed = false;
};

} // namespace rookery::store
