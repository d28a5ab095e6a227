// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/broadcast.h"

namespace rookery::core {

User Broadcast::receiver() const
{
    for (const User &peer : m_room->peers) {
        if (peer.id != m_event.sender.id)
            return peer;
    }
    return m_event.sender;
}

} // namespace rookery::core
