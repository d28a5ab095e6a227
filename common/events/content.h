// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/events/deleted.h"
#include "common/events/edited.h"
#include "common/events/memberchanged.h"
#include "common/events/posted.h"
#include "common/events/roomchanged.h"
#include "common/events/unknown.h"

#include <variant>

namespace rookery {

/// The content of an event, by its kind. A new kind is a header here, a reader and a writer in codec.cpp, and
/// its name in this list. `kind` is its name in JSON, `number` its number in the database; neither is ever
/// reused for another kind.
using EventContent = std::variant<Posted, Edited, Deleted, MemberChanged, RoomChanged, Unknown>;

} // namespace rookery
