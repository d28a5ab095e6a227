// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/eventdispatcher.h"

#include <QCoreApplication>

namespace {

/// Before main(): ThreadSanitizer sees into the daemon's own event dispatcher, and not into Qt's.
[[maybe_unused]] const bool installed = [] {
    if (auto dispatcher = rookery::net::makeEventDispatcher())
        QCoreApplication::setEventDispatcher(dispatcher.release());
    return true;
}();

} // namespace
