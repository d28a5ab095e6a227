// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/logheads.h"
#include "server/store/statement.h"
#include "server/store/store.h"

/// The SQL of the rooms' logs; called inside a transaction.
namespace rookery::store::events {

/// Events, or texts of a message, in one answer.
inline constexpr int largestPage = 1000;

/// The queries of page(); public so that a test can read their query plans.
extern const char *const olderSql; ///< room, seq below, limit; newest first
extern const char *const newerSql; ///< room, seq above, limit; oldest first
extern const char *const olderMessagesSql; ///< the same for messages that are not deleted
extern const char *const newerMessagesSql;

/// Why the sender may not write in a direct room: one of its two users has blocked the other.
std::optional<Error> blockedFrom(const LogHeads::Room &room, qint64 sender);
/// Writes one row; nothing if the message is refused.
Result<Appended> append(Connection &connection, LogHeads &heads, const NewMessage &message);
Result<Page> page(Connection &connection, const QString &epoch, const PageQuery &query);
Result<MissedPages> missed(Connection &connection, const QString &epoch, const MissedQuery &query);
/// The most events on each of the pages.
int shareOf(const MissedQuery &query);
/// How much the event counts against PageQuery::bytes.
qint64 bytesOf(const RoomEvent &event);

} // namespace rookery::store::events
