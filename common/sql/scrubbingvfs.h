// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace rookery::sql {

/// Registers an SQLite VFS that writes zeros to the unallocated space of every page of a database file
/// (freespace.h); else copies of rows that SQLite has moved stay there after the rows are deleted, which
/// `secure_delete` does not overwrite. Everything else it passes to the default VFS. The write-ahead log is written
/// as it is, since its frames have checksums: a checkpoint copies it into the file and can empty it.
///
/// Returns the name, for `file:…?vfs=NAME`; null where SQLite has no default VFS. Thread-safe.
const char *scrubbingVfs();

} // namespace rookery::sql
