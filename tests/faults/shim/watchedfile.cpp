// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/shim/watchedfile.h"

#include "tests/faults/shim/realcalls.h"

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rookery::faults {

WatchedFile::WatchedFile(
    std::string name, uint64_t inode, int descriptor, const std::string &logFolder, FaultSwitch *faults)
    : m_name(std::move(name))
    , m_inode(inode)
    , m_descriptor(descriptor)
    , m_forgotten(m_name.ends_with("-shm"))
    , m_faults(faults)
    , m_log(logFolder + '/' + std::to_string(inode) + ".undo")
{ }

off_t WatchedFile::size() const
{
    struct stat status = {};
    ::fstat(m_descriptor, &status);
    return status.st_size;
}

WatchedFile::Room WatchedFile::roomFor(off_t offset, size_t count)
{
    const off_t end = size();
    if (offset + off_t(count) <= end)
        return {m_faults->verdict(FaultSwitch::Operation::Write, m_name).error, 0};
    const auto verdict = m_faults->verdict(FaultSwitch::Operation::Grow, m_name);
    // On a full disk, bytes in blocks that the file already has can be written (write(2): a short count).
    return {verdict.error, verdict.partly && offset < end ? size_t(end - offset) : 0};
}

void WatchedFile::noteWrite(off_t offset, size_t count)
{
    if (m_forgotten)
        return;
    std::vector<char> before(count);
    const ssize_t got = ::pread(m_descriptor, before.data(), count, offset);
    UndoRecord record;
    record.kind = UndoKind::Write;
    record.offset = uint64_t(offset);
    record.length = count;
    record.oldSize = uint64_t(size());
    m_log.add(record, before.data(), size_t(std::max<ssize_t>(0, got)));
}

void WatchedFile::noteTruncationTo(off_t length)
{
    if (m_forgotten)
        return;
    const off_t end = size();
    std::vector<char> before(size_t(std::max<off_t>(0, end - length)));
    const ssize_t got = before.empty() ? 0 : ::pread(m_descriptor, before.data(), before.size(), length);
    UndoRecord record;
    record.kind = UndoKind::Truncate;
    record.offset = uint64_t(length);
    record.oldSize = uint64_t(end);
    m_log.add(record, before.data(), size_t(std::max<ssize_t>(0, got)));
}

ssize_t WatchedFile::write(int descriptor, const iovec *parts, int count)
{
    const std::scoped_lock lock(m_mutex);
    size_t bytes = 0;
    for (int i = 0; i < count; ++i)
        bytes += parts[i].iov_len;
    const bool appends = (::fcntl(descriptor, F_GETFL) & O_APPEND) != 0;
    const off_t offset = appends ? size() : ::lseek(descriptor, 0, SEEK_CUR);
    if (const Room room = roomFor(offset, bytes); room.error != 0) {
        errno = room.error;
        return -1;
    }
    noteWrite(offset, bytes);
    return real::writev(descriptor, parts, count);
}

ssize_t WatchedFile::pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    const std::scoped_lock lock(m_mutex);
    if (const Room room = roomFor(offset, count); room.error != 0) {
        if (room.bytes == 0) {
            errno = room.error;
            return -1;
        }
        count = room.bytes;
    }
    noteWrite(offset, count);
    return real::pwrite(descriptor, bytes, count, offset);
}

int WatchedFile::truncate(int descriptor, off_t length)
{
    const std::scoped_lock lock(m_mutex);
    const auto operation = length > size() ? FaultSwitch::Operation::Grow : FaultSwitch::Operation::Write;
    if (const int error = m_faults->verdict(operation, m_name).error) {
        errno = error;
        return -1;
    }
    noteTruncationTo(length);
    return real::ftruncate(descriptor, length);
}

void WatchedFile::noteTruncation()
{
    const std::scoped_lock lock(m_mutex);
    noteTruncationTo(0);
}

void WatchedFile::opened(int descriptor)
{
    const std::scoped_lock lock(m_mutex);
    m_told[descriptor] = m_failures;
}

int WatchedFile::sync(int descriptor, SyncCall call)
{
    uint64_t changes = 0;
    {
        const std::scoped_lock lock(m_mutex);
        changes = m_log.changes();
        if (const int error = m_faults->verdict(FaultSwitch::Operation::Sync, m_name).error) {
            m_log.syncFailed(changes);
            m_told[descriptor] = ++m_failures;
            errno = error;
            return -1;
        }
        if (std::exchange(m_told[descriptor], m_failures) != m_failures) {
            errno = EIO;
            return -1;
        }
    }
    // Not under the lock: writes during the sync are possible, and are not covered by it.
    if (const auto longer = m_faults->syncTakes(m_name); longer.count() > 0)
        std::this_thread::sleep_for(longer);
    const int result = call(descriptor);
    const std::scoped_lock lock(m_mutex);
    // Another thread's sync may have failed meanwhile, and dropped the data that this one waited for.
    if (std::exchange(m_told[descriptor], m_failures) != m_failures) {
        errno = EIO;
        return -1;
    }
    if (result == 0)
        m_log.synced(changes);
    return result;
}

} // namespace rookery::faults
