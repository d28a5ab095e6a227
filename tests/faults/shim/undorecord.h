// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

/// What the shim leaves behind for PowerLoss, in its log folder on the file system of the watched one:
///
/// - `INODE.undo`: for each file that has something unsynced, its changes in their order, each with the bytes
///   that it replaces; a record is written before its change is made, so that a kill leaves none out.
/// - `INODE.file`: a hard link to a file that was unlinked or replaced.
/// - `names.undo`: changes of the folder itself since it was last synced.
namespace rookery::faults {

enum class UndoKind : uint32_t {
    Write = 1, ///< `length` bytes at `offset`; followed by the old bytes before the old end
    Truncate, ///< to `offset` bytes; followed by the bytes cut off
    Synced, ///< the first `count` changes of this log are on the disk
    SyncFailed, ///< the first `count` changes of this log will never reach the disk
    Created, ///< followed by the name
    Unlinked, ///< `inode`; followed by the name
    Renamed, ///< `inode`: the old target of the new name, or 0; followed by old name, '\0', new name
};

struct UndoRecord
{
    static constexpr uint32_t expectedMagic = 0x6f646e75;

    uint32_t magic = expectedMagic;
    UndoKind kind = UndoKind::Write;
    uint64_t offset = 0;
    uint64_t length = 0;
    uint64_t oldSize = 0; ///< of the file
    uint64_t count = 0;
    uint64_t inode = 0;
    uint64_t payload = 0; ///< bytes that follow
};

} // namespace rookery::faults
