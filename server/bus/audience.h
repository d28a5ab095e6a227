// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/notices.h"

namespace rookery::bus {

/// Whether somebody of this role can see a room of this kind.
constexpr bool maySee(RoomKind kind, Role role)
{
    return role >= (kind == RoomKind::Public ? Role::None : Role::Member);
}

/// Which hubs a notice is for: those interested in one of the rooms or users.
struct Audience
{
    QStringList rooms = {};
    QStringList users = {};
    bool everybody = false;
};

Audience audienceOf(const Notice &notice);

} // namespace rookery::bus
