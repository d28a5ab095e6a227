// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/outcome.h"

#include <functional>

namespace rookery::client {

/// Takes what a request ended in, on the GUI thread.
template <typename T>
using Answer = std::function<void(Outcome<T>)>;

} // namespace rookery::client
