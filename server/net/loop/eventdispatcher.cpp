// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/eventdispatcher.h"

#ifdef Q_OS_LINUX
#include "server/net/loop/epolldispatcher.h"
#endif

namespace rookery::net {

std::unique_ptr<QAbstractEventDispatcher> makeEventDispatcher()
{
#ifdef Q_OS_LINUX
    return EpollDispatcher::make();
#else
    return nullptr;
#endif
}

} // namespace rookery::net
