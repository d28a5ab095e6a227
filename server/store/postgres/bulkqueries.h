// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/calls/bulkreads.h"

namespace rookery::store::postgres {

/// Each is one statement, whatever the number of rooms.
extern const BulkReads bulkReads;

} // namespace rookery::store::postgres
