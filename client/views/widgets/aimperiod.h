// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace rookery::client {

/// Whoever presses within this time (ms) after something has moved or appeared has aimed at what was there before.
inline constexpr qint64 aimPeriod = 400;

} // namespace rookery::client
