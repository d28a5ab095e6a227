// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/role.h"
#include "common/user.h"

namespace rookery {

/// A user's role in the room is another one. Whoever changed it is the event's sender, who may be the user.
struct MemberChanged
{
    static constexpr QLatin1String kind{"member_changed"};
    static constexpr int number = 3;

    User user;
    Role before = Role::None;
    Role role = Role::None;

    bool operator==(const MemberChanged &) const = default;
};

} // namespace rookery
