// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/shim/undorecord.h"

#include <string>

namespace rookery::faults {

/// One log of the shim, for a file's contents or for the folder's names. It outlives the process, and so does
/// the unsynced state it describes. Not thread-safe; its owner locks.
class UndoLog
{
public:
    explicit UndoLog(std::string path);

    /// Changes since this object was created, plus those that were in the log then, including those removed
    /// since.
    uint64_t changes() const { return m_gone + m_changes; }
    bool isEmpty() const { return m_changes == 0; }
    /// Writes a record, with `payload` bytes after it, before the recorded change is made.
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
    uint64_t m_gone = 0; ///< removed from the log
    bool m_failed = false; ///< contains a SyncFailed: its changes survive later syncs
};

} // namespace rookery::faults
