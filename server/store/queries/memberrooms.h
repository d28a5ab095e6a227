// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/statement.h"
#include "server/store/store.h"

namespace rookery::store::rooms {

/// Store::roomsOf(): what every greeting of a client reads. Called inside a transaction.
Result<RoomsPage> ofUser(Connection &connection, const QString &epoch, const RoomsQuery &query);

} // namespace rookery::store::rooms
