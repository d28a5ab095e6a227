// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/logheads.h"
#include "server/store/store.h"

/// Edits and deletions of messages as SQL; called inside a transaction.
namespace rookery::store::events {

/// Changes nothing in `heads` where it is refused or a statement fails.
Result<Appended> change(Connection &connection, LogHeads &heads, const MessageChange &change);
Result<QList<MessageVersion>> versions(Connection &connection, const QString &epoch, const QString &roomId,
    qint64 seq, const QString &viewerId, const MessageRule &rule);
/// The text that this event gave its message, an edit or the message itself; nothing where it is gone.
std::optional<QString> textGivenBy(Connection &connection, qint64 room, qint64 message, qint64 seq);

} // namespace rookery::store::events
