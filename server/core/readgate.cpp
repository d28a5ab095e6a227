#include "server/core/readgate.h"

#include <QScopedValueRollback>

namespace rookery::core {

ReadGate::ReadGate(QObject *parent)
    : QObject(parent)
{ }

ReadGate::~ReadGate() = default;

bool ReadGate::enter(const QString &owner, Turn turn)
{
    if (m_underWay < underWay && m_order.empty()) {
        ++m_underWay;
        turn();
        return true;
    }
    auto &queue = m_queues[owner];
    if (queue.size() >= waitingPerUser)
        return false;
    if (queue.empty())
        m_order.push_back(owner);
    queue.push_back(std::move(turn));
    ++m_waiting;
    return true;
}

void ReadGate::leave()
{
    --m_underWay;
    if (m_running)
        return;
    const QScopedValueRollback guard(m_running, true);
    while (m_underWay < underWay && !m_order.empty()) {
        const QString owner = m_order.front();
        m_order.pop_front();
        const auto queue = m_queues.find(owner);
        const Turn turn = std::move(queue->front());
        queue->pop_front();
        if (queue->empty())
            m_queues.erase(queue);
        else
            m_order.push_back(owner);
        --m_waiting;
        ++m_underWay;
        turn();
    }
}

} // namespace rookery::core
