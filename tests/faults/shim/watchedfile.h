// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/shim/faultswitch.h"
#include "tests/faults/shim/undolog.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include <sys/types.h>
#include <sys/uio.h>

namespace rookery::faults {

/// One file (inode) of the watched folder: records what each change replaces, and injects faults.
/// Thread-safe; a change and its record are one atomic step.
class WatchedFile
{
public:
    /// `name`: as it was first opened. `descriptor` reads the file and is never closed: closing it would
    /// release the program's locks on the file.
    WatchedFile(
        std::string name, uint64_t inode, int descriptor, const std::string &logFolder, FaultSwitch *faults);

    uint64_t inode() const { return m_inode; }
    ssize_t write(int descriptor, const iovec *parts, int count);
    ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset);
    int truncate(int descriptor, off_t length);
    /// Call before it is truncated to 0 bytes.
    void noteTruncation();
    /// A descriptor of it was opened.
    void opened(int descriptor);
    /// As in Linux since 4.13, a failure is reported once to everybody who had the file open at that time.
    using SyncCall = int (*)(int);
    int sync(int descriptor, SyncCall call);

private:
    struct Room
    {
        int error = 0; ///< errno; 0: all of it succeeds
        size_t bytes = 0; ///< that are written nevertheless
    };
    Room roomFor(off_t offset, size_t count);
    void noteWrite(off_t offset, size_t count);
    void noteTruncationTo(off_t length);
    off_t size() const;

    const std::string m_name;
    const uint64_t m_inode;
    const int m_descriptor;
    const bool m_forgotten; ///< lost with the power even if synced: memory-mapped
    FaultSwitch *m_faults;
    std::mutex m_mutex;
    UndoLog m_log;
    uint64_t m_failures = 0; ///< failed syncs
    std::map<int, uint64_t> m_told; ///< failures already reported, by descriptor
};

} // namespace rookery::faults
