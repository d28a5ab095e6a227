#include "server/ws/stepqueue.h"

#include <QScopedValueRollback>

namespace rookery::ws {

bool StepQueue::add(std::function<void()> step)
{
    if (m_waiting.size() >= bound)
        return false;
    m_waiting.append(std::move(step));
    run();
    return true;
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
        const auto step = m_waiting.takeFirst();
        step();
    }
}

} // namespace rookery::ws
