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

    /// Changes that are in the log.
    uint64_t changes() const { return m_changes; }
    /// Writes a record, with `payload` bytes after it, before what it tells of is done.
    void add(UndoRecord record, const void *payload, size_t bytes);
    /// The first `count` changes are on the disk.
    void synced(uint64_t count);
    void syncFailed(uint64_t count);

private:
    void open();

    std::string m_path;
    int m_descriptor = -1; ///< opened with the first record
    uint64_t m_changes = 0;
    bool m_failed = false; ///< holds a SyncFailed: its changes outlive later syncs
};

} // namespace rookery::faults
