// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <functional>

namespace rookery::client {

/// Takes what a request ended in, on the GUI thread.
template <typename T>
using Answer = std::function<void(Result<T>)>;

} // namespace rookery::client
