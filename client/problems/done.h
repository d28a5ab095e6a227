// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/outcome.h"
#include "common/done.h"

namespace rookery::client {

/// What a request ended in, on the GUI thread; not called once the request's `context` is destroyed.
/// Problem::field names the input it is about (`username`, `password`, `name`, `server`), if any.
template <typename T>
using Done = rookery::Done<T, Problem>;

} // namespace rookery::client
