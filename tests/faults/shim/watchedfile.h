#pragma once

#include "tests/faults/shim/faultswitch.h"
#include "tests/faults/shim/undolog.h"

#include <cstdint>
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
};

} // namespace rookery::faults
