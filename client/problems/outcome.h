// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"
#include "common/result.h"

namespace rookery::client {

/// A value or a Problem: a Result for what can also go wrong on this side.
template <typename T>
using Outcome = Result<T, Problem>;

} // namespace rookery::client
