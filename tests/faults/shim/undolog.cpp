// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/shim/undolog.h"

#include "tests/faults/shim/realcalls.h"

#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace rookery::faults {

namespace {

bool isChange(UndoKind kind)
{
    return kind != UndoKind::Synced && kind != UndoKind::SyncFailed;
}

} // namespace

UndoLog::UndoLog(std::string path)
    : m_path(std::move(path))
{
    if (::access(m_path.c_str(), F_OK) == 0)
        open();
}

void UndoLog::open()
{
    m_descriptor = real::open(m_path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (m_descriptor < 0) {
        std::perror("fault shim: the undo log cannot be opened");
        std::abort();
    }
    // Records of an earlier process. A kill may have torn the last one; its change was not made then.
    const off_t size = ::lseek(m_descriptor, 0, SEEK_END);
    off_t whole = 0;
    UndoRecord record;
    while (::pread(m_descriptor, &record, sizeof record, whole) == ssize_t(sizeof record)
        && record.magic == UndoRecord::expectedMagic
        && whole + off_t(sizeof record + record.payload) <= size) {
        whole += off_t(sizeof record + record.payload);
        m_changes += isChange(record.kind);
        m_failed = m_failed || record.kind == UndoKind::SyncFailed;
    }
    if (whole < size && real::ftruncate(m_descriptor, whole) != 0)
        std::abort();
}

void UndoLog::add(UndoRecord record, const void *payload, size_t bytes)
{
    if (m_descriptor < 0)
        open();
    record.payload = bytes;
    iovec parts[] = {{&record, sizeof record}, {const_cast<void *>(payload), bytes}};
    if (real::writev(m_descriptor, parts, 2) != ssize_t(sizeof record + bytes)) {
        // Without this record a later power loss would destroy too little.
        std::perror("fault shim: the undo log cannot be written");
        std::abort();
    }
    m_changes += isChange(record.kind);
}

void UndoLog::synced(uint64_t count)
{
    if (count <= m_gone)
        return;
    if (count == changes() && !m_failed) {
        if (real::ftruncate(m_descriptor, 0) != 0)
            std::abort();
        m_gone += m_changes;
        m_changes = 0;
        return;
    }
    UndoRecord record;
    record.kind = UndoKind::Synced;
    record.count = count - m_gone;
    add(record, nullptr, 0);
}

void UndoLog::syncFailed(uint64_t count)
{
    if (count <= m_gone)
        return;
    UndoRecord record;
    record.kind = UndoKind::SyncFailed;
    record.count = count - m_gone;
    add(record, nullptr, 0);
    m_failed = true;
}

} // namespace rookery::faults
