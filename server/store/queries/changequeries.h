// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/logheads.h"
#include "server/store/statement.h"
#include "server/store/store.h"

/// The SQL of edits and deletions; called inside a transaction.
namespace rookery::store::events {

/// Leaves `heads` unchanged if the change is refused or a statement fails.
Result<Appended> change(Connection &connection, LogHeads &heads, const MessageChange &change);
Result<VersionPage> versions(Connection &connection, const QString &epoch, const VersionsQuery &query);
/// The text that a message got from the event `seq`, an edit or the message itself; none if it is deleted.
std::optional<QString> textGivenBy(Connection &connection, qint64 room, qint64 message, qint64 seq);

} // namespace rookery::store::events
