// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QString>

namespace rookery {

/// Keeps a second rookeryd from a data directory for as long as it lives. The kernel holds the lock and drops
/// it with the process, whatever ends that: a file left behind means nothing, whatever stands in it, and a
/// full disk keeps nobody from taking the lock again. (QLockFile needs room for its stale locks, and an empty
/// one, as a loss of power may leave it, locks for ever.)
class DataLock
{
public:
    /// The file is made where it is missing. The Error is a sentence for the operator; Overloaded: another process has it.
    static Result<DataLock> take(const QString &path);

    DataLock(DataLock &&other) noexcept;
    DataLock &operator=(DataLock &&other) noexcept;
    ~DataLock();

private:
    explicit DataLock(int descriptor)
        : m_descriptor(descriptor)
    { }

    int m_descriptor; ///< -1: moved from
};

} // namespace rookery
