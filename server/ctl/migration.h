// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/ctl/ctlcommand.h"

#include <functional>

namespace rookery::ctl {

inline constexpr int exitFailed = 1;
inline constexpr int exitBadUsage = 2;
inline constexpr int exitInterrupted = 130;

/// `rookeryctl migrate`: what comes of it on standard output, the way there on standard error. Blocks; returns the exit
/// status. `stopped` is asked often; true: it ends as soon as it can.
int migrate(const Command &command, const std::function<bool()> &stopped);

} // namespace rookery::ctl
