// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractEventDispatcher>

#include <memory>

namespace rookery::net {

/// The event dispatcher for a thread of the daemon: give it to QThread::setEventDispatcher() before the
/// thread starts, or to QCoreApplication::setEventDispatcher() before there is an application; either takes
/// it over. nullptr: Qt's own is to be used.
std::unique_ptr<QAbstractEventDispatcher> makeEventDispatcher();

} // namespace rookery::net
