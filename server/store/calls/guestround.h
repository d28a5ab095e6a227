// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

#include <QList>

namespace rookery::store {

class Connection;

/// One round of the housekeeping of guests, a few milliseconds of the writer's time.
struct GuestRound
{
    QList<qint64> gone; ///< keys of those who were absent for too long, and can be removed (guests::remove())
    bool isMore = false; ///< there is more to do
};

/// Notes who was here, and finds who was not; inside a transaction. `guests` knows who is here; null: nobody is.
GuestRound examineGuests(Connection &connection, GuestRegister *guests);

} // namespace rookery::store
