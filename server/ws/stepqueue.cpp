// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/stepqueue.h"

#include <QScopedValueRollback>

namespace rookery::ws {

void StepQueue::add(qsizetype bytes, std::function<void()> step)
{
    m_waiting.append({bytes, std::move(step)});
    m_bytes += bytes;
    run();
}

void StepQueue::finished()
{
    m_busy = false;
    run();
}

void StepQueue::run()
{
    if (m_running)
        return;
    const QScopedValueRollback guard(m_running, true);
    while (!m_busy && !m_waiting.isEmpty()) {
        m_busy = true;
        const Step step = m_waiting.takeFirst();
        m_bytes -= step.bytes;
        step.run();
    }
}

} // namespace rookery::ws
