#pragma once

#include <QString>
#include <QUrl>

/// Where a cache lies and how its files are made, moved and deleted.
namespace rookery::client::cachefile {

/// The file of one account in `directory`: a hash, because neither a host nor an id need be a safe file name.
QString path(const QString &directory, const QUrl &server, const QString &userId);

/// Makes the directory (0700) and an empty file (0600), where they are missing; SQLite gives its other files
/// the mode of this one. False where that cannot be done.
bool prepare(const QString &path);

/// Moves the file and its log away, to a name with `reason` in it, over what lay there before. Answers the
/// new name, empty where nothing could be moved (the file is deleted then).
QString moveAside(const QString &path, const QString &reason);

/// Deletes the cache and everything that was moved aside.
void remove(const QString &path);

} // namespace rookery::client::cachefile
