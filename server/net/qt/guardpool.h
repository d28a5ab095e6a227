// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/qt/guardsocket.h"

#include <QPointer>

#include <vector>

namespace rookery::net {

class Handover;

/// The guards between one thread's connections and QHttpServer. Making one, with all that Qt makes around it,
/// and deleting both took a sixth of the instructions of a small request; so a guard that has been answered
/// serves the next request, of whatever connection. A few rest here, and as many are at work as requests are
/// open: connections own none while they are idle.
class GuardPool
{
public:
    /// `handover` outlives it, and owns the guards until Qt does.
    explicit GuardPool(Handover *handover);

    /// One at rest, or a new one.
    GuardSocket *take();
    /// An answer has been given with it, and its responder is gone: Qt 6.4 would let that one write into the
    /// answer to the next request.
    void giveBack(GuardSocket *guard);

private:
    Handover *m_handover;
    std::vector<QPointer<GuardSocket>> m_resting;
};

} // namespace rookery::net
