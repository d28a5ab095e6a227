// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

namespace rookery {

/// What somebody is on this server, whatever the room.
enum class ServerRole {
    Guest,
    User,
    Admin, ///< named by `[accounts] admins`
};

/// Who wants to do something, in the room that it is about.
struct Actor
{
    ServerRole server = ServerRole::User;
    Role role = Role::None;
    RoomKind room = RoomKind::Public;

    /// An admin acts as an owner in public rooms, and has no more rights than others elsewhere.
    Role effectiveRole() const;
};

enum class Action {
    Read,
    Post,
    EditOwn, ///< within Limits::editWindow
    DeleteOwn,
    SeeOwnVersions,
    DeleteOthers,
    SeeOthersVersions,
    SetTopic,
    SetName,
    RemoveMembers, ///< and ban those who are no moderators; and lift bans, and withdraw others' invitations
    RemoveModerators,
    SetRoles, ///< make members, moderators and owners of members
};
inline constexpr int actionCount = int(Action::SetRoles) + 1;

/// The one table of what a role may do in a room (THREATS 3): the server decides by it, and the client what it
/// offers. tests/server/core/tst_permissions.cpp writes it down again.
bool may(const Actor &actor, Action action);

} // namespace rookery
