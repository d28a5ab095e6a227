// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/connection.h"

#include <QStringList>

#include <chrono>
#include <utility>

/// Guests who have left nothing behind, as SQL; called inside a transaction.
namespace rookery::store::guests {

/// A guest has been made.
void add(Connection &connection, qint64 user);
/// A guest writes, or has a direct room: their row stays for good.
void keep(Connection &connection, qint64 user);
/// They were here until now.
void noteSeen(Connection &connection, const QStringList &userIds);
/// Key and public id of those who were last seen before then, those who have been gone for longest first.
QList<std::pair<qint64, QString>> lastSeenBefore(
    Connection &connection, std::chrono::milliseconds sinceEpoch, int most);
/// Deletes the user; only where foreign keys are not looked after (sqlite::withoutForeignKeys()).
void remove(Connection &connection, qint64 user);

} // namespace rookery::store::guests
