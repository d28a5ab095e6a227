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

/// One file (inode) of the watched folder: notes what each change replaces, and lets faults come between.
/// Thread-safe; a change and its note are one step for the others.
class WatchedFile
{
public:
    /// `name` as it was opened first. `descriptor` reads the file and is kept for good: closing it would drop
    /// the locks that the program holds on it.
    WatchedFile(
        std::string name, uint64_t inode, int descriptor, const std::string &logFolder, FaultSwitch *faults);

    uint64_t inode() const { return m_inode; }
    ssize_t write(int descriptor, const iovec *parts, int count);
    ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset);
    int truncate(int descriptor, off_t length);
    /// Before a call that cuts it to nothing.
    void noteTruncation();
    /// A descriptor of it was opened.
    void opened(int descriptor);
    /// As Linux has it since 4.13, a failure is told once to everybody who had the file open then.
    using SyncCall = int (*)(int);
    int sync(int descriptor, SyncCall call);

private:
    struct Room
    {
        int error = 0; ///< errno; 0: all of it
        size_t bytes = 0; ///< that are written nevertheless
    };
    Room roomFor(off_t offset, size_t count);
    void noteWrite(off_t offset, size_t count);
    void noteTruncationTo(off_t length);
    off_t size() const;

    const std::string m_name;
    const uint64_t m_inode;
    const int m_descriptor;
    const bool m_forgotten; ///< lost with the power whatever is synced: mapped into memory
    FaultSwitch *m_faults;
    std::mutex m_mutex;
    UndoLog m_log;
    uint64_t m_failures = 0; ///< syncs that were failed
    std::map<int, uint64_t> m_told; ///< of these, by descriptor
};

} // namespace rookery::faults
