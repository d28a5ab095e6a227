// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/qt/guardsocket.h"

#include <QPointer>

#include <vector>

namespace rookery::net {

class Handover;

/// The guards between one thread's connections and QHttpServer. Creating and deleting a guard, with all that
/// Qt creates around it, took a sixth of the instructions of a small request. So a guard serves one request
/// after another, of any connection. The pool keeps a few idle guards; as many are in use as there are open
/// requests. Idle connections have none.
class GuardPool
{
public:
    /// `handover` outlives it, and owns the guards until Qt does.
    explicit GuardPool(Handover *handover);

    /// An idle guard, or a new one.
    GuardSocket *take();
    /// The guard's answer is complete and its responder destroyed. Before that the guard must not be reused:
    /// Qt 6.4 would let the old responder write into the next answer.
    void giveBack(GuardSocket *guard);

private:
    Handover *m_handover;
    std::vector<QPointer<GuardSocket>> m_resting;
};

} // namespace rookery::net
