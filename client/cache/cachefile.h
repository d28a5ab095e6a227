// SPDX-License-Identifier: GPL-3.0-or-later
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

/// Where a file that cannot be used lies until its outbox is in the one that takes its place.
QString rescuePath(const QString &path);

/// Moves the file and its log to rescuePath(), over what lay there before. False where they could not be
/// moved (the file is deleted then).
bool moveAside(const QString &path);

/// Moves what lies at rescuePath() to a name with `reason` in it, over what lay there before. Answers the new
/// name, empty where there was nothing.
QString fileAway(const QString &path, const QString &reason);

/// Deletes the cache and everything that was moved aside.
void remove(const QString &path);

} // namespace rookery::client::cachefile
