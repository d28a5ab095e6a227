// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>
#include <QString>

#include <optional>

namespace rookery {

/// What a user is in a room, from least to most; the order is that of rights, so that roles can be compared. What each
/// of them may do is in server/core/permissions.h.
enum class Role {
    Banned, ///< neither a member nor able to become one
    None, ///< a stranger or, in a public room, a visitor
    Invited, ///< becomes a member by accepting
    Member,
    Moderator,
    Owner,
};

constexpr bool isMember(Role role)
{
    return role >= Role::Member;
}

/// As JSON has it: `banned`, `none`, `invited`, `member`, `moderator`, `owner`.
QLatin1String roleText(Role role);
/// Nothing where it is no role.
std::optional<Role> roleFromText(const QString &text);

} // namespace rookery
