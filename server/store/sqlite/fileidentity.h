// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace rookery::store {

/// Tells the file at \a path from another one that takes its place: its inode, and when it was made where the
/// file system knows, since the number of an inode that has gone is given out again. Two numbers with a space
/// between them; both are 0 where there is no file. Any thread.
QByteArray fileIdentity(const QString &path);

} // namespace rookery::store
