// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

namespace rookery::client {

/// A page of the directory of public rooms.
struct RoomsFound
{
    QList<Room> rooms; ///< possibly none although there is a next page
    QString next; ///< the place of the next page; empty at the end
};

} // namespace rookery::client
