// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

namespace rookery::test {

/// The room as somebody of this role sees it.
inline Room seenBy(Role role, Room room)
{
    room.role = role;
    return room;
}

constexpr Role memberOrNot(bool member)
{
    return member ? Role::Member : Role::None;
}

} // namespace rookery::test
