// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/eventlog.h"
#include "server/store/statement.h"
#include "server/store/store.h"

/// Users as SQL; called inside a transaction. store.h says what each answers and refuses, at the method of the same
/// meaning.
namespace rookery::store::users {

struct Row
{
    qint64 key = 0; ///< users.id
    User user;
};

Error notFound();

/// The user of this public id.
std::optional<Row> byId(Connection &connection, const QString &id);

std::optional<Row> byKey(Connection &connection, qint64 key);

/// `epoch` is that of the database, as in roomqueries.h.
Result<User> create(Connection &connection, const QString &epoch, EventLog &log, const NewUser &user);
Result<User> find(Connection &connection, const QString &id, const QString &skeleton);
Result<Nothing> changePassword(
    Connection &connection, const QString &userId, const QString &oldHash, const QString &newHash);
Result<Credentials> credentials(Connection &connection, const QString &skeleton);

} // namespace rookery::store::users
