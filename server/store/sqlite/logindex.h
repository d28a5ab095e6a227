// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery::store {

/// What SQLite keeps beside a database about its write-ahead log (the wal-index, `-shm`), as far as it takes
/// to have a checkpoint made anew. Not thread-safe.
///
/// A checkpoint that finds newer commits behind it copies pages into the database file without syncing them,
/// and counts them as done: the one that reaches the log's end syncs the file for all. Where that sync fails
/// the kernel may drop every page that was waiting for it, and SQLite's next attempt copies only what is not
/// yet counted, syncs, is told that all is well, and gives the log up: what the log held is then neither here
/// nor there.
class LogIndex
{
public:
    /// `path`: of the database, which has connections open: their index is there.
    explicit LogIndex(const QString &path);
    LogIndex(const LogIndex &) = delete;
    LogIndex &operator=(const LogIndex &) = delete;
    /// After the last of this process's connections: closing the file would drop the locks they have on it.
    ~LogIndex();

    /// Counts nothing as copied: the next checkpoint begins at the log's beginning, as after a restart. To be
    /// called while none is being made, and before the connection that failed is closed.
    void forgetCheckpoints();

private:
    void map();
    bool isReplaced() const;

    const QByteArray m_path;
    int m_descriptor = -1;
    void *m_mapped = nullptr; ///< the index's first page
};

} // namespace rookery::store
