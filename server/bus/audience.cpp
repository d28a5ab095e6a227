// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/audience.h"

namespace rookery::bus {

namespace {

Audience of(const EventCommitted &notice)
{
    Audience audience{{notice.event.roomId}};
    for (const User &peer : notice.room->peers)
        audience.users.append(peer.id);
    if (const auto *changed = notice.event.as<MemberChanged>()) {
        audience.users.append(changed->user.id);
        // A thread without a listener may be about to answer a request of this user (Hub::removals()).
        audience.everybody = !maySee(notice.room->kind, changed->role);
    }
    return audience;
}

Audience of(const MembershipChanged &notice)
{
    return {{notice.room.id}, {notice.user.id}};
}

Audience of(const InvitationChanged &notice)
{
    return {{}, {notice.invited.id}};
}

Audience of(const PresenceChanged &notice)
{
    return {{notice.roomId}};
}

Audience of(const RoomPresence &notice)
{
    return {{notice.roomId}};
}

Audience of(const SessionEnded & /*notice*/)
{
    return {{}, {}, true};
}

Audience of(const RoomHeads &notice)
{
    Audience audience;
    audience.rooms.reserve(notice.heads.size());
    for (const RoomHead &head : notice.heads)
        audience.rooms.append(head.roomId);
    return audience;
}

Audience of(const NoticesLost & /*notice*/)
{
    return {{}, {}, true};
}

Audience of(const HistoryChanged & /*notice*/)
{
    return {{}, {}, true};
}

Audience of(const SelfEventCommitted &notice)
{
    return {{}, {notice.userId}};
}

} // namespace

Audience audienceOf(const Notice &notice)
{
    return std::visit([](const auto &kind) { return of(kind); }, notice);
}

} // namespace rookery::bus
