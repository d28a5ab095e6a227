// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "common/permissions.h"

#include <optional>

namespace rookery::core {

/// Whether the actor may do this, and if not, the answer: a room that only members see is as one that does
/// not exist (THREATS 1).
std::optional<Error> refusal(const Actor &actor, Action action);

/// A user's role in the room, as somebody wants to change it.
struct RoleStep
{
    Role before = Role::None;
    Role after = Role::None;
    bool self = false; ///< whether it is the actor's own
    int owners = 0; ///< that the room has before
    bool admin = false; ///< whether the user is an admin of this server
    bool lobby = false; ///< whether the room is the lobby
};
/// Members become moderators and owners by an owner's word, and nobody becomes a member by another's: that
/// takes an invitation. Nobody changes the role of another owner, bans an admin from a public room, or owns the
/// lobby. Forbidden, NotFound.
std::optional<Error> refusal(const Actor &actor, const RoleStep &step);

/// What somebody gets who asks for a room that does not exist, or that they may not know of.
Error noSuchRoom();
Error forbidden(const QString &detail);
/// What a guest gets for what takes an account.
Error guestsMayNot();

} // namespace rookery::core
