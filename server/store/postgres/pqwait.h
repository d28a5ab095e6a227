// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/postgres/pqresult.h"

#include <chrono>

namespace rookery::store::postgres {

/// The result of what a PQsend… function has just been called with; `isSent` is what it returned. For connections in libpq's
/// nonblocking mode. Null if there is no result: the connection says why.
///
/// A server that is stopped, or waits for its disk, ends no statement by its timeouts and keeps the connection open. So
/// this waits at most for `patience`, 0: as long as it takes. Past it throws DatabaseError with Fault::Connection: whether the
/// statement has been carried out is not known, and the connection must be closed.
PqResult waitForResult(PGconn *connection, bool isSent, std::chrono::milliseconds patience);

} // namespace rookery::store::postgres
