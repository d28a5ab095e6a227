// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QString>
#include <QStringList>

#include <optional>

namespace rookery::store::postgres {

/// A place in what a database server has written.
struct Position
{
    /// Of the server, of the database in it, and of its tables: another one has been loaded from a dump, or made anew.
    QString database;
    quint32 timeline = 0; ///< grows with each promotion of a standby
    qint64 lsn = 0; ///< bytes of WAL that are on the disk; grows on one timeline

    bool operator==(const Position &) const = default;
};

/// `DATABASE TIMELINE LSN`, as `meta` and the file have it.
QString toText(const Position &position);
std::optional<Position> toPosition(const QString &text);

/// What a node knows of the history of its database.
struct KnownHistory
{
    Position position; ///< the furthest that was seen
    QStringList epochs; ///< that the history has had, the newest last

    bool operator==(const KnownHistory &) const = default;
};

/// KnownHistory from one run of a node to the next, in a small file. It is replaced as a whole, and synced.
class HistoryFile
{
public:
    /// `path`: empty: there is none.
    explicit HistoryFile(QString path)
        : m_path(std::move(path))
    { }

    /// Nothing if it is missing or damaged.
    std::optional<KnownHistory> read() const;
    /// Where it cannot be written a warning says so, once.
    void write(const KnownHistory &history);

private:
    QString m_path;
    bool m_failed = false;
};

} // namespace rookery::store::postgres
