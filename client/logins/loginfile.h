// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/outcome.h"
#include "common/messages.h"

#include <QUrl>

#include <optional>

namespace rookery::client {

/// A log-in that is kept for the next start.
struct KeptLogin
{
    QString address; ///< of the server, as the user typed it
    QUrl server; ///< http(s)://HOST:PORT[/PATH]
    User user;
    QByteArray token; ///< empty: it is in the keyring
    /// The server refused it at its last use. It may become valid again: the server's clock may have been
    /// wrong.
    bool refused = false;

    bool operator==(const KeptLogin &) const = default;
};

/// The file with the kept log-in. Problems name it.
namespace loginfile {

QString path(const QString &directory);

/// nullopt if there is no file. A file that is not a regular file, belongs to another user or is accessible
/// to others is refused: others could use or replace the log-in.
Outcome<std::optional<KeptLogin>> read(const QString &path);

/// Replaces the file atomically, with mode 0600 from its first byte; creates the directory (0700).
Outcome<Nothing> write(const QString &path, const KeptLogin &login);

/// A missing file is not an error.
Outcome<Nothing> remove(const QString &path);

} // namespace loginfile

} // namespace rookery::client
