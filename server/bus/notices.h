// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/invitation.h"
#include "common/messages.h"
#include "common/selfevent.h"

#include <memory>
#include <variant>

/// What hubs are told, by the store's commit observer, by each other and by the bus. A notice is the same
/// object for all hubs of a process, and constant.
namespace rookery::bus {

/// One of the hubs that are on the bus; 0 is none.
using HubId = quint64;

/// A durable event of a room.
struct EventCommitted
{
    RoomEvent event;
    std::shared_ptr<const Room> room;
};

/// The user has become a member of the room without an event there: of one that begins with them, or of the
/// first room of a new account. Every other change of membership is an event.
struct MembershipChanged
{
    Room room; ///< as the user sees it: its role is the new one
    User user;
};

/// A durable event of a user's self stream: of no concern to anybody else.
struct SelfEventCommitted
{
    QString userId;
    SelfEvent event;
};

/// A user is invited into a room, or is not any more: accepted, declined or withdrawn.
struct InvitationChanged
{
    Invitation invitation;
    User invited;
    bool open = false;
};

/// The user came online in the room through that hub, or went. May come twice.
struct PresenceChanged
{
    QString roomId;
    User user;
    Role role = Role::None;
    bool online = false;
    HubId hub = 0;
};

/// A user who is online in a room through a hub.
struct Present
{
    User user;
    Role role = Role::None;
    HubId hub = 0;

    bool operator==(const Present &) const = default;
};

/// Everybody who is online in the room through other hubs. Comes after Bus::listen(), and again where changes
/// may have been lost. It replaces what was known.
struct RoomPresence
{
    QString roomId;
    QList<Present> present;
};

/// Revoked or expired: its sockets must be closed.
struct SessionEnded
{
    QString sessionId;
    QString reason;
};

/// The seq of a room's newest event.
struct RoomHead
{
    QString roomId;
    qint64 seq = 0;

    bool operator==(const RoomHead &) const = default;
};

/// Heads of rooms, for hubs that may have missed the last events. A hint: the store decides.
struct RoomHeads
{
    QList<RoomHead> heads;
};

/// Some notices did not arrive, as after a lost connection: the heads of all rooms are to be checked.
struct NoticesLost
{ };

/// The database has another history from now on, as after a restore: its rooms may end earlier, and every client has to
/// resume. Each node finds that out by itself; it is not told over a wire.
struct HistoryChanged
{
    QString epoch;
};

using Notice = std::variant<EventCommitted, MembershipChanged, InvitationChanged, PresenceChanged,
    RoomPresence, SessionEnded, RoomHeads, NoticesLost, SelfEventCommitted, HistoryChanged>;

} // namespace rookery::bus
