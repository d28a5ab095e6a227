// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/sql/scrubbingvfs.h"

#include "common/sql/freespace.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <span>
#include <utility>

namespace rookery::sql {

namespace {

constexpr const char *vfsName = "rookery-scrubbing";

/// A database file. Behind it, in the same allocation of SQLite's, is the file of the default VFS.
struct File
{
    sqlite3_file base = {}; ///< first: it is what SQLite sees
    std::optional<DatabaseHeader> header = {}; ///< none: to be read
    unsigned char *copy = nullptr; ///< of a page; owned
    size_t copySize = 0;
};
// SQLite's memory is aligned to so many bytes.
static_assert(alignof(File) <= 8 && sizeof(File) % 8 == 0);

File *ours(sqlite3_file *file)
{
    return reinterpret_cast<File *>(file);
}

sqlite3_file *real(sqlite3_file *file)
{
    return reinterpret_cast<sqlite3_file *>(ours(file) + 1);
}

const sqlite3_io_methods &realMethods(sqlite3_file *file)
{
    return *real(file)->pMethods;
}

int close(sqlite3_file *file)
{
    sqlite3_free(std::exchange(ours(file)->copy, nullptr));
    return realMethods(file).xClose(real(file));
}

int read(sqlite3_file *file, void *bytes, int amount, sqlite3_int64 offset)
{
    return realMethods(file).xRead(real(file), bytes, amount, offset);
}

/// Of the database as it is now; `page` is written to the offset.
const std::optional<DatabaseHeader> &headerFor(
    sqlite3_file *file, std::span<const unsigned char> page, sqlite3_int64 offset)
{
    std::optional<DatabaseHeader> &header = ours(file)->header;
    if (offset == 0) {
        header = readDatabaseHeader(page);
    } else if (!header) {
        std::array<unsigned char, DatabaseHeader::size> bytes = {};
        if (read(file, bytes.data(), int(bytes.size()), 0) == SQLITE_OK)
            header = readDatabaseHeader(bytes);
    }
    return header;
}

/// What of the page is to be overwritten, if it is a page.
Gap leftovers(sqlite3_file *file, std::span<const unsigned char> page, sqlite3_int64 offset)
{
    if (page.size() < smallestPage || offset % sqlite3_int64(page.size()) != 0)
        return {};
    const auto &header = headerFor(file, page, offset);
    if (!header)
        return {};
    const Gap gap = unallocatedSpace(page, uint64_t(offset) / page.size() + 1, *header);
    const auto unused = page.subspan(gap.begin, gap.end - gap.begin);
    const bool isClean =
        std::all_of(unused.begin(), unused.end(), [](unsigned char byte) { return byte == 0; });
    return isClean ? Gap() : gap;
}

int write(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 offset)
{
    const std::span page(static_cast<const unsigned char *>(bytes), size_t(amount));
    const Gap gap = leftovers(file, page, offset);
    if (gap.isEmpty())
        return realMethods(file).xWrite(real(file), bytes, amount, offset);
    // The bytes are SQLite's cache, or its copy of the log.
    File &own = *ours(file);
    if (own.copySize < page.size()) {
        sqlite3_free(own.copy);
        own.copy = static_cast<unsigned char *>(sqlite3_malloc64(page.size()));
        own.copySize = own.copy != nullptr ? page.size() : 0;
        if (own.copy == nullptr)
            return SQLITE_IOERR_NOMEM;
    }
    std::copy(page.begin(), page.end(), own.copy);
    std::fill(own.copy + gap.begin, own.copy + gap.end, static_cast<unsigned char>(0));
    return realMethods(file).xWrite(real(file), own.copy, amount, offset);
}

int truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return realMethods(file).xTruncate(real(file), size);
}

int sync(sqlite3_file *file, int flags)
{
    return realMethods(file).xSync(real(file), flags);
}

int fileSize(sqlite3_file *file, sqlite3_int64 *size)
{
    return realMethods(file).xFileSize(real(file), size);
}

int lock(sqlite3_file *file, int level)
{
    // Another connection may have changed the file since.
    ours(file)->header.reset();
    return realMethods(file).xLock(real(file), level);
}

int unlock(sqlite3_file *file, int level)
{
    return realMethods(file).xUnlock(real(file), level);
}

int checkReservedLock(sqlite3_file *file, int *result)
{
    return realMethods(file).xCheckReservedLock(real(file), result);
}

int fileControl(sqlite3_file *file, int operation, void *argument)
{
    return realMethods(file).xFileControl(real(file), operation, argument);
}

int sectorSize(sqlite3_file *file)
{
    return realMethods(file).xSectorSize(real(file));
}

int deviceCharacteristics(sqlite3_file *file)
{
    return realMethods(file).xDeviceCharacteristics(real(file));
}

int shmMap(sqlite3_file *file, int region, int size, int extend, void volatile **mapped)
{
    return realMethods(file).xShmMap(real(file), region, size, extend, mapped);
}

int shmLock(sqlite3_file *file, int offset, int count, int flags)
{
    // As a checkpoint does before it writes.
    if ((flags & SQLITE_SHM_LOCK) && (flags & SQLITE_SHM_EXCLUSIVE))
        ours(file)->header.reset();
    return realMethods(file).xShmLock(real(file), offset, count, flags);
}

void shmBarrier(sqlite3_file *file)
{
    realMethods(file).xShmBarrier(real(file));
}

int shmUnmap(sqlite3_file *file, int deleteFlag)
{
    return realMethods(file).xShmUnmap(real(file), deleteFlag);
}

int fetch(sqlite3_file *file, sqlite3_int64 offset, int amount, void **page)
{
    return realMethods(file).xFetch(real(file), offset, amount, page);
}

int unfetch(sqlite3_file *file, sqlite3_int64 offset, void *page)
{
    return realMethods(file).xUnfetch(real(file), offset, page);
}

constexpr sqlite3_io_methods methodsOf(int version)
{
    sqlite3_io_methods methods = {};
    methods.iVersion = version;
    methods.xClose = close;
    methods.xRead = read;
    methods.xWrite = write;
    methods.xTruncate = truncate;
    methods.xSync = sync;
    methods.xFileSize = fileSize;
    methods.xLock = lock;
    methods.xUnlock = unlock;
    methods.xCheckReservedLock = checkReservedLock;
    methods.xFileControl = fileControl;
    methods.xSectorSize = sectorSize;
    methods.xDeviceCharacteristics = deviceCharacteristics;
    if (version >= 2) {
        methods.xShmMap = shmMap;
        methods.xShmLock = shmLock;
        methods.xShmBarrier = shmBarrier;
        methods.xShmUnmap = shmUnmap;
    }
    if (version >= 3) {
        methods.xFetch = fetch;
        methods.xUnfetch = unfetch;
    }
    return methods;
}

constexpr std::array<sqlite3_io_methods, 3> methodTables{methodsOf(1), methodsOf(2), methodsOf(3)};

/// SQLite takes what a table has for what the file can do.
const sqlite3_io_methods *methodsLike(const sqlite3_io_methods &theirs)
{
    int version = std::clamp(theirs.iVersion, 1, 3);
    if (version == 3 && theirs.xFetch == nullptr)
        version = 2;
    if (version >= 2 && theirs.xShmMap == nullptr)
        version = 1;
    return &methodTables.at(size_t(version - 1));
}

sqlite3_vfs *realVfs(sqlite3_vfs *vfs)
{
    return static_cast<sqlite3_vfs *>(vfs->pAppData);
}

int open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *outFlags)
{
    sqlite3_vfs *theirs = realVfs(vfs);
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
        return theirs->xOpen(theirs, name, file, flags, outFlags);
    new (file) File;
    std::memset(static_cast<void *>(real(file)), 0, size_t(theirs->szOsFile));
    const int result = theirs->xOpen(theirs, name, real(file), flags, outFlags);
    // Where it is set, SQLite closes the file, even if it could not be opened.
    if (const auto *methods = real(file)->pMethods)
        file->pMethods = methodsLike(*methods);
    return result;
}

/// Passes a call to the default VFS.
template <auto member, typename... Arguments>
auto passOn(sqlite3_vfs *vfs, Arguments... arguments)
{
    return (realVfs(vfs)->*member)(realVfs(vfs), arguments...);
}

sqlite3_vfs like(sqlite3_vfs *theirs)
{
    sqlite3_vfs vfs = {};
    vfs.iVersion = std::min(theirs->iVersion, 2);
    vfs.szOsFile = int(sizeof(File)) + theirs->szOsFile;
    vfs.mxPathname = theirs->mxPathname;
    vfs.zName = vfsName;
    vfs.pAppData = theirs;
    vfs.xOpen = open;
    vfs.xDelete = passOn<&sqlite3_vfs::xDelete>;
    vfs.xAccess = passOn<&sqlite3_vfs::xAccess>;
    vfs.xFullPathname = passOn<&sqlite3_vfs::xFullPathname>;
    if (theirs->xDlOpen != nullptr) {
        vfs.xDlOpen = passOn<&sqlite3_vfs::xDlOpen>;
        vfs.xDlError = passOn<&sqlite3_vfs::xDlError>;
        vfs.xDlSym = [](sqlite3_vfs *own, void *library, const char *symbol) {
            return realVfs(own)->xDlSym(realVfs(own), library, symbol);
        };
        vfs.xDlClose = passOn<&sqlite3_vfs::xDlClose>;
    }
    vfs.xRandomness = passOn<&sqlite3_vfs::xRandomness>;
    vfs.xSleep = passOn<&sqlite3_vfs::xSleep>;
    vfs.xCurrentTime = passOn<&sqlite3_vfs::xCurrentTime>;
    vfs.xGetLastError = passOn<&sqlite3_vfs::xGetLastError>;
    if (vfs.iVersion >= 2)
        vfs.xCurrentTimeInt64 = passOn<&sqlite3_vfs::xCurrentTimeInt64>;
    return vfs;
}

} // namespace

const char *scrubbingVfs()
{
    static const bool isRegistered = [] {
        if (sqlite3_initialize() != SQLITE_OK)
            return false;
        sqlite3_vfs *theirs = sqlite3_vfs_find(nullptr);
        if (theirs == nullptr)
            return false;
        static sqlite3_vfs vfs;
        vfs = like(theirs);
        return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
    }();
    return isRegistered ? vfsName : nullptr;
}

} // namespace rookery::sql
