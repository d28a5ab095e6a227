// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/options.h"

namespace rookery::store {

class Connection;

/// Names as SQL; called inside a transaction.
namespace names {

/// Stores anew what follows from each name, unless these rules were followed already. Users and rooms whose names look
/// alike only by the new rules keep their names and are found by them.
void refresh(Connection &connection, const NameRules &rules);

} // namespace names

} // namespace rookery::store
