// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/shim/realcalls.h"

#include <dlfcn.h>

namespace rookery::faults::real {

namespace {

template <typename Function>
Function *next(const char *name)
{
    return reinterpret_cast<Function *>(::dlsym(RTLD_NEXT, name));
}

} // namespace

int open(const char *path, int flags, mode_t mode)
{
    static const auto call = next<int(const char *, int, ...)>("open64");
    return call(path, flags, mode);
}

int close(int descriptor)
{
    static const auto call = next<int(int)>("close");
    return call(descriptor);
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    static const auto call = next<ssize_t(int, const void *, size_t)>("write");
    return call(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    static const auto call = next<ssize_t(int, const void *, size_t, off_t)>("pwrite64");
    return call(descriptor, bytes, count, offset);
}

ssize_t writev(int descriptor, const iovec *parts, int count)
{
    static const auto call = next<ssize_t(int, const iovec *, int)>("writev");
    return call(descriptor, parts, count);
}

int ftruncate(int descriptor, off_t length)
{
    static const auto call = next<int(int, off_t)>("ftruncate64");
    return call(descriptor, length);
}

int fsync(int descriptor)
{
    static const auto call = next<int(int)>("fsync");
    return call(descriptor);
}

int fdatasync(int descriptor)
{
    static const auto call = next<int(int)>("fdatasync");
    return call(descriptor);
}

int unlink(const char *path)
{
    static const auto call = next<int(const char *)>("unlink");
    return call(path);
}

int rename(const char *from, const char *to)
{
    static const auto call = next<int(const char *, const char *)>("rename");
    return call(from, to);
}

int renameat2(int fromFolder, const char *from, int toFolder, const char *to, unsigned flags)
{
    static const auto call = next<int(int, const char *, int, const char *, unsigned)>("renameat2");
    return call(fromFolder, from, toFolder, to, flags);
}

int link(const char *from, const char *to)
{
    static const auto call = next<int(const char *, const char *)>("link");
    return call(from, to);
}

int clockGettime(clockid_t clock, timespec *time)
{
    static const auto call = next<int(clockid_t, timespec *)>("clock_gettime");
    return call(clock, time);
}

} // namespace rookery::faults::real
