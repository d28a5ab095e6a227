// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <functional>

namespace rookery {

/// Receives the answer to an asynchronous call, once. Whose thread it runs on, and what becomes of it where its
/// caller has gone, says the interface that takes it (store::Store, client::Chat).
template <typename T, typename E = Error>
using Done = std::function<void(Result<T, E>)>;

} // namespace rookery
