// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractEventDispatcher>

#include <memory>

namespace rookery::net {

/// The event dispatcher for a thread of the daemon. Pass it to QThread::setEventDispatcher() before the
/// thread starts, or to QCoreApplication::setEventDispatcher() before the application is constructed; either
/// takes ownership. nullptr: use Qt's default.
std::unique_ptr<QAbstractEventDispatcher> makeEventDispatcher();

} // namespace rookery::net
