// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/calls/sqlstore.h"

#include <QObject>
#include <QSemaphore>

#include <memory>

namespace storetest {

using namespace rookery;
using namespace rookery::store;

/// Stops the writer inside a transaction until it is let go, so that a test decides what is in the next one.
class Gate
{
public:
    explicit Gate(SqlStore *store)
    {
        store->runOnWriter(
            [gate = m_semaphores](Connection &) -> Result<Nothing> {
                gate->reached.release();
                gate->open.acquire();
                return Nothing();
            },
            &m_context, [](const auto &) {});
        m_semaphores->reached.acquire();
    }
    ~Gate() { m_semaphores->open.release(); }

private:
    struct Semaphores
    {
        QSemaphore reached;
        QSemaphore open;
    };
    QObject m_context;
    // Shared: the writer may still be leaving one when the gate is gone.
    std::shared_ptr<Semaphores> m_semaphores = std::make_shared<Semaphores>();
};

} // namespace storetest
