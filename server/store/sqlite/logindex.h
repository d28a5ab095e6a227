// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery::store {

/// The part of SQLite's index of the write-ahead log (wal-index, `-shm`) that makes a checkpoint start over. Not
/// thread-safe.
///
/// A checkpoint that does not reach the log's end copies pages into the database file without syncing it, and counts
/// them as copied; the one that reaches the end syncs the file for all. If that sync fails, the kernel may drop all
/// pages that were waiting for it. SQLite's next attempt copies only pages not yet counted, and its sync succeeds. Then
/// SQLite reuses the log, and the dropped pages are in neither file.
class LogIndex
{
public:
    /// `path`: of the database. It must have open connections, so that the index exists.
    explicit LogIndex(const QString &path);
    LogIndex(const LogIndex &) = delete;
    LogIndex &operator=(const LogIndex &) = delete;
    /// Must come after this process's last connection is closed: closing the file drops their locks on it.
    ~LogIndex();

    /// Sets the count of copied pages to zero, so that the next checkpoint starts at the log's beginning, as after a
    /// restart. To be called while no checkpoint is running, before the connection that failed is closed.
    void forgetCheckpoints();

private:
    void map();
    bool isReplaced() const;

    const QByteArray m_path;
    int m_descriptor = -1;
    void *m_mapped = nullptr; ///< the index's first page
};

} // namespace rookery::store
