// SPDX-License-Identifier: GPL-3.0-or-later
// The functions that the dynamic linker finds before those of the C library when the shim is preloaded.

#include "tests/faults/shim/realcalls.h"
#include "tests/faults/shim/watchedfolder.h"

#include <cstdarg>

#include <fcntl.h>
#include <sys/time.h>

using namespace rookery::faults;

namespace {

WatchedFolder &watched()
{
    return WatchedFolder::instance();
}

int syncBy(int descriptor, WatchedFile::SyncCall call)
{
    if (WatchedFile *file = watched().file(descriptor))
        return file->sync(descriptor, call);
    return watched().isFolder(descriptor) ? watched().syncFolder(descriptor, call) : call(descriptor);
}

long secondsAhead()
{
    return watched().faults().clockSeconds();
}

} // namespace

// Declared with attributes and alternative names in the system's headers, which a definition need not repeat.
#pragma GCC diagnostic ignored "-Wmissing-attributes"
#pragma GCC visibility push(default)
extern "C" {

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return watched().open(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return watched().open(path, flags, mode);
}

int close(int descriptor)
{
    watched().closed(descriptor);
    return real::close(descriptor);
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    WatchedFile *file = watched().file(descriptor);
    if (file == nullptr)
        return real::write(descriptor, bytes, count);
    const iovec part{const_cast<void *>(bytes), count};
    return file->write(descriptor, &part, 1);
}

ssize_t writev(int descriptor, const iovec *parts, int count)
{
    WatchedFile *file = watched().file(descriptor);
    return file != nullptr ? file->write(descriptor, parts, count) : real::writev(descriptor, parts, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    WatchedFile *file = watched().file(descriptor);
    return file != nullptr ? file->pwrite(descriptor, bytes, count, offset)
                           : real::pwrite(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset)
{
    return pwrite(descriptor, bytes, count, offset);
}

int ftruncate(int descriptor, off_t length) noexcept
{
    WatchedFile *file = watched().file(descriptor);
    return file != nullptr ? file->truncate(descriptor, length) : real::ftruncate(descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) noexcept
{
    return ftruncate(descriptor, length);
}

int fsync(int descriptor)
{
    return syncBy(descriptor, &real::fsync);
}

int fdatasync(int descriptor)
{
    return syncBy(descriptor, &real::fdatasync);
}

int unlink(const char *path) noexcept
{
    return watched().unlink(path);
}

int rename(const char *from, const char *to) noexcept
{
    return watched().rename(from, to, [=] { return real::rename(from, to); });
}

int renameat2(int fromFolder, const char *from, int toFolder, const char *to, unsigned flags) noexcept
{
    return watched().rename(from, to, [=] { return real::renameat2(fromFolder, from, toFolder, to, flags); });
}

int link(const char *from, const char *to) noexcept
{
    return watched().link(from, to);
}

int clock_gettime(clockid_t clock, timespec *time) noexcept
{
    const int result = real::clockGettime(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += secondsAhead();
    return result;
}

int gettimeofday(timeval *time, void *) noexcept
{
    timespec now = {};
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) noexcept
{
    timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != nullptr)
        *result = now.tv_sec;
    return now.tv_sec;
}
}
#pragma GCC visibility pop
