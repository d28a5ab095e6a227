// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

/// What stands in the control file of the shim: words of the form `key=value` between white space, in any
/// order; an empty file is a disk and a clock without faults.
///
/// | word | effect on the watched files |
/// |---|---|
/// | `write=ENOSPC` (or `EIO`) | writes and changes of length fail |
/// | `grow=ENOSPC` | a full disk: only what goes beyond a file's end fails |
/// | `create=ENOSPC` | files that do not exist cannot be made |
/// | `write=KILL`, `create=KILL`, `sync=KILL` | the program is killed just before |
/// | `sync=EIO` | syncs fail, and no later one writes what these should have written |
/// | `sync-takes=4000` | a slow disk: each sync takes so many microseconds more |
/// | `files=-wal` | all this for files whose name ends so |
/// | `skip=N` | the first N operations that would fail succeed |
/// | `times=N` | only N operations fail |
/// | `clock=SECONDS` | what the wall clock is ahead of the true one |
namespace rookery::faults {

struct Settings
{
    static constexpr int killed = -1; ///< instead of an errno: the program dies by SIGKILL

    int writeError = 0; ///< errno; 0: none
    int growError = 0;
    int createError = 0;
    int syncError = 0;
    long syncMicroseconds = 0;
    std::string files; ///< empty: all
    long skip = 0;
    long times = -1; ///< negative: without end
    long clockSeconds = 0;

    /// Words that are not known are left out of account: the writer of the file (faultydisk.h) is ours.
    static Settings parse(std::string_view text);
};

} // namespace rookery::faults
