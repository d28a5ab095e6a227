// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

/// Page sizes of lists. Longer lists come in further pages: no frame or answer grows with the size of a room,
/// of the directory or of a user's list of rooms.
namespace rookery::pages {

/// Rooms or members in one answer over HTTP: the default and the maximum of `limit`.
inline constexpr int httpItems = 1000;
/// Rooms in one frame of `/ws/v1`; fewer if they exceed frameBytes.
inline constexpr int frameRooms = 500;
/// Members in one frame of `/ws/v1`.
inline constexpr int frameMembers = 200;
/// JSON of the items in one frame, in bytes.
inline constexpr qsizetype frameBytes = 64 * 1024;
/// Users in a `room_users_list` of 003 and 004.
inline constexpr int listedUsers = 500;
/// Names of public rooms that one request to the directory examines.
inline constexpr int directoryRows = 2000;
/// Rooms in `hello` for a client without paging, if they fit into the outbound limit.
inline constexpr int unpagedRooms = 2000;

} // namespace rookery::pages
