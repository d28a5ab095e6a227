// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/shim/undorecord.h"

#include <string>

namespace rookery::faults {

/// One log of the shim, of a file's contents or of the folder's names. It outlives the process: what an
/// earlier one has left unsynced is still so. Not thread-safe; whoever owns it locks.
class UndoLog
{
public:
    explicit UndoLog(std::string path);

    /// Changes since this object was made, with those that were in the log then and those that have left it.
    uint64_t changes() const { return m_gone + m_changes; }
    bool isEmpty() const { return m_changes == 0; }
    /// Writes a record, with `payload` bytes after it, before what it tells of is done.
    void add(UndoRecord record, const void *payload, size_t bytes);
    /// The first `count` of changes() are on the disk. While one thread syncs, another's sync may have ended
    /// and emptied the log.
    void synced(uint64_t count);
    void syncFailed(uint64_t count);

private:
    void open();

    std::string m_path;
    int m_descriptor = -1; ///< opened with the first record
    uint64_t m_changes = 0; ///< in the log
    uint64_t m_gone = 0; ///< that have left it
    bool m_failed = false; ///< holds a SyncFailed: its changes outlive later syncs
};

} // namespace rookery::faults
