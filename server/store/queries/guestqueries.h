// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/statement.h"

#include <QStringList>

#include <chrono>
#include <utility>

/// Guests who have left nothing behind, as SQL; called inside a transaction.
namespace rookery::store::guests {

/// Adds a new guest.
void add(Connection &connection, qint64 user);
/// The guest writes, or has a direct room, and stays for good.
void keep(Connection &connection, qint64 user);
/// Notes that these guests were here until now.
void noteSeen(Connection &connection, const QStringList &userIds);
/// Key and public id of those last seen before `sinceEpoch`, the longest absent first.
QList<std::pair<qint64, QString>> lastSeenBefore(
    Connection &connection, std::chrono::milliseconds sinceEpoch, int most);
/// Deletes the user and what refers to them. No event and no room does, as long as they stand in quiet_guests: the
/// database need not look for any.
void remove(Connection &connection, qint64 user);

} // namespace rookery::store::guests
