// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/qt/guardpool.h"

#include "server/net/qt/handover.h"

namespace rookery::net {

namespace {

/// Each holds a Qt buffer of 16 KiB.
constexpr size_t mostResting = 16;

} // namespace

GuardPool::GuardPool(Handover *handover)
    : m_handover(handover)
{
    m_resting.reserve(mostResting);
}

GuardSocket *GuardPool::take()
{
    while (!m_resting.empty()) {
        GuardSocket *const guard = m_resting.back();
        m_resting.pop_back();
        if (guard)
            return guard;
    }
    return new GuardSocket(GuardSocket::Use::Request, m_handover);
}

void GuardPool::giveBack(GuardSocket *guard)
{
    if (m_resting.size() >= mostResting) {
        guard->release();
        return;
    }
    guard->rest();
    m_resting.push_back(guard);
}

} // namespace rookery::net
