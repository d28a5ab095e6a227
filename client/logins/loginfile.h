// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "common/result.h"

#include <QUrl>

#include <optional>

namespace rookery::client {

/// A log-in that outlives the program.
struct KeptLogin
{
    QString address; ///< of the server, as a person typed it
    QUrl server; ///< http(s)://HOST:PORT[/PATH]
    User user;
    QByteArray token; ///< empty: it is in the keyring
    /// By its server, when it was used last. It may be good again: the server's clock may have been wrong.
    bool refused = false;

    bool operator==(const KeptLogin &) const = default;
};

/// The file with the kept log-in. Errors say in a sentence what is wrong and with which file.
namespace loginfile {

QString path(const QString &directory);

/// Empty where there is no file. A file that is no regular one, that belongs to another user, or that others
/// may read or write is refused: whoever can do that could log somebody in as somebody else.
Result<std::optional<KeptLogin>> read(const QString &path);

/// In the place of what was there, with mode 0600 from its first byte; makes the directory (0700).
Result<Nothing> write(const QString &path, const KeptLogin &login);

/// There being none is no error.
Result<Nothing> remove(const QString &path);

} // namespace loginfile

} // namespace rookery::client
