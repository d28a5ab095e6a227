// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/cache/cachetypes.h"

namespace rookery::client {

inline const QString room = QStringLiteral("r1");

/// That room, with what was read of it.
inline CachedRoom cachedRoom()
{
    return {Room{room, QStringLiteral("lobby"), RoomKind::Public, QStringLiteral("e1"), 9, Role::Member}, 4};
}

} // namespace rookery::client
