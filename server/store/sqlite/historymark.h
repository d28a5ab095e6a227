// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "common/result.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace rookery::store {

class Connection;

/// Detects that a database was replaced by an earlier state, such as a backup. A small file beside the database says
/// which history (epoch) the daemon last wrote, in which file, and which event was the last. A database that is another
/// file, or lacks this event, continues with another history, which needs a new epoch.
///
/// The small file is written after each commit, before anybody is told of it, but synced only at the start. So it
/// survives a kill, and may be some seconds old after a power loss. It is never ahead of the database. Lives on the
/// writer's thread.
class HistoryMark
{
public:
    explicit HistoryMark(const QString &databasePath);
    HistoryMark(const HistoryMark &) = delete;
    HistoryMark &operator=(const HistoryMark &) = delete;
    ~HistoryMark();

    /// Whether the database continues where the file says that it ended. Also true if there is neither the file nor a
    /// note of it in the database, as older versions wrote neither. Inside a transaction; throws DatabaseError.
    bool isContinuedBy(Connection &connection) const;
    /// Notes in the database that the file exists; in the same transaction.
    static void claim(Connection &connection);
    /// After that commit: writes the file for this history, durably. The Error is for the operator.
    Result<Nothing> begin(Connection &connection, const QString &epoch);
    /// To be called with the last event of a commit, before anybody is told of it.
    void note(const RoomEvent &event);

private:
    struct Content
    {
        QString epoch;
        QByteArray file; ///< identity of the database file (fileidentity.h)
        QString room; ///< of the last event; empty: there is none
        qint64 seq = 0;
        QString event;
    };
    std::optional<Content> read() const; ///< none if it is missing or damaged
    QByteArray encode() const;
    bool write();

    QString m_databasePath;
    QString m_path;
    Content m_content;
    int m_descriptor = -1;
    bool m_failed = false;
};

} // namespace rookery::store
