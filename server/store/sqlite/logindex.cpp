// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/logindex.h"

#include "server/store/sqlite/connection.h"

#include <QFile>

#include <atomic>
#include <cstdint>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rookery::store {

namespace {

// sqlite.org/walformat.html, section 2.1: two copies of the header, then the number of frames copied so far.
constexpr size_t copiedFramesAt = 96;
constexpr size_t mappedBytes = 4096;

} // namespace

LogIndex::LogIndex(const QString &path)
    : m_path(QFile::encodeName(path) + "-shm")
{
    map();
}

LogIndex::~LogIndex()
{
    if (m_mapped != nullptr)
        ::munmap(m_mapped, mappedBytes);
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

void LogIndex::map()
{
    m_descriptor = ::open(m_path.constData(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    struct stat status = {};
    if (m_descriptor < 0 || ::fstat(m_descriptor, &status) != 0 || size_t(status.st_size) < mappedBytes)
        return;
    void *mapped = ::mmap(nullptr, mappedBytes, PROT_READ | PROT_WRITE, MAP_SHARED, m_descriptor, 0);
    if (mapped != MAP_FAILED)
        m_mapped = mapped;
}

bool LogIndex::isReplaced() const
{
    struct stat here = {};
    struct stat there = {};
    return m_mapped == nullptr || ::fstat(m_descriptor, &here) != 0 || ::stat(m_path.constData(), &there) != 0
        || here.st_ino != there.st_ino;
}

void LogIndex::forgetCheckpoints()
{
    if (isReplaced()) {
        // The old descriptor stays open: its file may still be locked.
        if (m_mapped != nullptr)
            ::munmap(m_mapped, mappedBytes);
        m_mapped = nullptr;
        map();
    }
    if (m_mapped == nullptr) {
        qCCritical(
            storeLog, "%s cannot be read: restart rookeryd before its disk is relied on", m_path.constData());
        return;
    }
    auto *copied = reinterpret_cast<uint32_t *>(static_cast<char *>(m_mapped) + copiedFramesAt);
    std::atomic_ref<uint32_t>(*copied).store(0);
}

} // namespace rookery::store
