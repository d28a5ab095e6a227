// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace rookery::store {

/// Identifies the file at \a path, as opposed to another file that replaces it: its inode number and, since these are
/// reused, its creation time if the file system knows it. Two numbers separated by a space; both are 0 if there is no
/// file. Thread-safe.
QByteArray fileIdentity(const QString &path);

} // namespace rookery::store
