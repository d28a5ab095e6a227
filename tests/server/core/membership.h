// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/bus.h"
#include "server/core/live/hub.h"

namespace rookery::test {

/// As the store's commit observer tells of it: a new member without an event of seq 0, everything else by
/// one.
inline bus::Notice membershipNotice(const Room &room, const User &user, qint64 seq = 0)
{
    if (room.isMember() && seq == 0)
        return bus::MembershipChanged{room, user};
    RoomEvent event;
    event.roomId = room.id;
    event.seq = seq;
    event.sender = user;
    event.content = MemberChanged{user, room.isMember() ? Role::None : Role::Member, room.role};
    return bus::EventCommitted{event, std::make_shared<const Room>(room)};
}

inline void noteMembership(core::Hub *hub, const Room &room, const User &user, qint64 seq = 0)
{
    hub->hear(membershipNotice(room, user, seq));
}

} // namespace rookery::test
