// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/role.h"
#include "common/user.h"

namespace rookery {

/// A user's role in the room has changed. The event's sender is whoever changed it, possibly the user.
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
