// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/permissions.h"

#include <array>
#include <optional>

namespace rookery {

namespace {

constexpr std::optional<Role> nobody = std::nullopt;

/// The least role that may.
struct LeastRoles
{
    Action action;
    std::optional<Role> inPublic;
    std::optional<Role> inPrivate;
    std::optional<Role> inDirect;
    bool guests;
};

// clang-format off
constexpr std::array<LeastRoles, actionCount> table{{
    //                            public           private          direct        guests
    {Action::Read,                Role::None,      Role::Member,    Role::Member, true},
    {Action::Post,                Role::None,      Role::Member,    Role::Member, true},
    {Action::EditOwn,             Role::None,      Role::Member,    Role::Member, true},
    {Action::DeleteOwn,           Role::None,      Role::Member,    Role::Member, true},
    {Action::SeeOwnVersions,      Role::None,      Role::Member,    Role::Member, true},
    {Action::DeleteOthers,        Role::Moderator, Role::Moderator, nobody,       false},
    {Action::SeeOthersVersions,   Role::Moderator, Role::Moderator, nobody,       false},
    {Action::SetTopic,            Role::Moderator, Role::Moderator, nobody,       false},
    {Action::SetName,             Role::Owner,     Role::Owner,     nobody,       false},
    {Action::RemoveMembers,       Role::Moderator, Role::Moderator, nobody,       false},
    {Action::RemoveModerators,    Role::Owner,     Role::Owner,     nobody,       false},
    {Action::SetRoles,            Role::Owner,     Role::Owner,     nobody,       false},
}};
// clang-format on

std::optional<Role> leastRole(const LeastRoles &row, RoomKind room)
{
    switch (room) {
    case RoomKind::Public:
        return row.inPublic;
    case RoomKind::Private:
        return row.inPrivate;
    case RoomKind::Direct:
        return row.inDirect;
    }
    Q_UNREACHABLE();
}

} // namespace

Role Actor::effectiveRole() const
{
    return server == ServerRole::Admin && room == RoomKind::Public ? Role::Owner : role;
}

bool may(const Actor &actor, Action action)
{
    const LeastRoles &row = table.at(size_t(action));
    Q_ASSERT(row.action == action);
    const auto least = leastRole(row, actor.room);
    return least && actor.effectiveRole() >= *least && (row.guests || actor.server != ServerRole::Guest);
}

} // namespace rookery
