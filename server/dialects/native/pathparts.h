// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>

/// The parts of the native API's paths that many routes have, `/api/v1/rooms/{room}/members/{user}`.
namespace rookery::http {

inline constexpr QLatin1String roomPart("room");
inline constexpr QLatin1String userPart("user");

} // namespace rookery::http
