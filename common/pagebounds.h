// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

/// How much of a list travels at once. What lies beyond comes as further pages: neither a frame nor an answer
/// grows with what is in a room, in the directory, or with the rooms of one user.
namespace rookery::pages {

/// Rooms or members in one answer over HTTP: the most that `limit` may ask for, and what comes without it.
inline constexpr int httpItems = 1000;
/// Rooms in one frame of `/ws/v1`; fewer where they are more than frameBytes.
inline constexpr int frameRooms = 500;
/// Members in one frame of `/ws/v1`.
inline constexpr int frameMembers = 200;
/// JSON of the items in one frame, in bytes.
inline constexpr qsizetype frameBytes = 64 * 1024;
/// Users in a `room_users_list` of 003 and 004.
inline constexpr int listedUsers = 500;
/// Names of public rooms that one request to the directory looks at.
inline constexpr int directoryRows = 2000;
/// Rooms in the `hello` for a client that does not page, where they fit into the outbound bound.
inline constexpr int unpagedRooms = 2000;

} // namespace rookery::pages
