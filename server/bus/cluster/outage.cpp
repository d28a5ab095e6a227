// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/outage.h"

#include "server/bus/cluster/peers.h"

#include <algorithm>
#include <utility>

namespace rookery::bus {

bool Outage::isOursAlone(std::chrono::milliseconds now, std::chrono::milliseconds age, const Peers &peers)
{
    const auto before = std::exchange(m_asked, now);
    if (!before || now - *before > gap)
        m_resumed = now;
    const auto answered = std::max(now - age, m_resumed);
    const auto others = peers.storeAnswered();
    if (!others || *others - answered < lead)
        m_othersSince.reset();
    else if (!m_othersSince)
        m_othersSince = now;
    if (now - answered < patience) {
        m_isOursAlone = false;
        return false;
    }
    const bool othersAreServed = m_othersSince && now - *m_othersSince >= leadTime;
    const bool noneIsHeard = peers.areAnyKnown() && !peers.areAnyAlive();
    // Once it is so it stays so until the store answers: the sockets are closed already.
    m_isOursAlone = m_isOursAlone || othersAreServed || noneIsHeard;
    return m_isOursAlone;
}

} // namespace rookery::bus
