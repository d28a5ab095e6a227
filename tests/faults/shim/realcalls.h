// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

/// The C library's own functions, behind those that the shim replaces.
namespace rookery::faults::real {

int open(const char *path, int flags, mode_t mode);
int close(int descriptor);
ssize_t write(int descriptor, const void *bytes, size_t count);
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset);
ssize_t writev(int descriptor, const iovec *parts, int count);
int ftruncate(int descriptor, off_t length);
int fsync(int descriptor);
int fdatasync(int descriptor);
int unlink(const char *path);
int rename(const char *from, const char *to);
int renameat2(int fromFolder, const char *from, int toFolder, const char *to, unsigned flags);
int link(const char *from, const char *to);
int clockGettime(clockid_t clock, timespec *time);

} // namespace rookery::faults::real
