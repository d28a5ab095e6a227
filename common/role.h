// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>
#include <QString>

#include <optional>

namespace rookery {

/// A user's role in a room, in ascending order of rights, so that roles can be compared. What each of them
/// may do is in common/permissions.h.
enum class Role {
    Banned, ///< neither a member nor able to become one
    None, ///< not a member; in a public room possibly a visitor
    Invited, ///< becomes a member by accepting
    Member,
    Moderator,
    Owner,
};

constexpr bool isMember(Role role)
{
    return role >= Role::Member;
}

/// The name in JSON: `banned`, `none`, `invited`, `member`, `moderator`, `owner`.
QLatin1String roleText(Role role);
/// nullopt if it is not a role.
std::optional<Role> roleFromText(const QString &text);

} // namespace rookery
