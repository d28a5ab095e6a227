// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/storereach.h"

namespace rookery::core {

StoreReach::StoreReach(QObject *parent)
    : QObject(parent)
    , m_last(Clock::now().time_since_epoch().count())
{ }

void StoreReach::note()
{
    m_last.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
}

std::chrono::milliseconds StoreReach::age() const
{
    const Clock::time_point last(Clock::duration(m_last.load(std::memory_order_relaxed)));
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - last);
}

void StoreReach::setCutOff(bool isCutOff)
{
    if (m_isCutOff.exchange(isCutOff) != isCutOff && isCutOff)
        Q_EMIT cutOff();
}

} // namespace rookery::core
