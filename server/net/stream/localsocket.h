// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QString>

#include <memory>

#include <sys/types.h>

namespace rookery::net {

/// A listening Unix socket with a name in the file system. The destructor removes the file, unless it has
/// been replaced by another one meanwhile.
class LocalSocket
{
public:
    /// Longer paths do not fit into a socket address (unix(7)).
    static constexpr qsizetype longestPath = 107;

    /// `mode` (chmod) decides who may connect. A stale socket left by another process is removed first, but
    /// only if nobody answers on it. The Error's detail is the end of a sentence.
    static Result<std::unique_ptr<LocalSocket>> listen(const QString &path, mode_t mode, int backlog);
    ~LocalSocket();
    LocalSocket(const LocalSocket &) = delete;
    LocalSocket &operator=(const LocalSocket &) = delete;

    /// Non-blocking and close-on-exec.
    int descriptor() const { return m_descriptor; }

private:
    LocalSocket(int descriptor, QByteArray path)
        : m_descriptor(descriptor)
        , m_path(std::move(path))
    { }
    Result<Nothing> open(mode_t mode, int backlog);

    int m_descriptor;
    QByteArray m_path;
    bool m_bound = false; ///< the file is ours, identified by the next two
    dev_t m_device = 0;
    ino_t m_inode = 0;
};

} // namespace rookery::net
