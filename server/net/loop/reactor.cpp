// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/reactor.h"

#include <QCoreApplication>
#include <QEvent>
#include <QTimerEvent>

#include <algorithm>
#include <utility>

namespace rookery::net {

Reactor::Reactor(QObject *parent)
    : QObject(parent)
    , m_readBuffer(std::make_unique<char[]>(readBufferBytes))
{ }

Reactor::~Reactor() = default;

void Reactor::schedule(Task *task)
{
    if (task->m_scheduled)
        return;
    task->m_scheduled = true;
    m_due.push_back(task);
    post();
}

void Reactor::scheduleAt(Task *task, Clock::time_point when)
{
    wake(task);
    task->m_sleeping = true;
    task->m_place = m_sleeping.emplace(when, task);
    setAlarm();
}

void Reactor::wake(Task *task)
{
    if (std::exchange(task->m_sleeping, false))
        m_sleeping.erase(task->m_place);
}

void Reactor::setAlarm()
{
    if (m_sleeping.empty()) {
        m_alarm.stop();
        return;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(m_sleeping.begin()->first - Clock::now()).count();
    m_alarm.start(int(std::max<std::chrono::milliseconds::rep>(left, 0)), Qt::PreciseTimer, this);
}

void Reactor::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_goOn.timerId()) {
        runSlice();
        return;
    }
    if (event->timerId() != m_alarm.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    const auto now = Clock::now();
    while (!m_sleeping.empty() && m_sleeping.begin()->first <= now) {
        Task *const task = m_sleeping.begin()->second;
        m_sleeping.erase(m_sleeping.begin());
        task->m_sleeping = false;
        schedule(task);
    }
    setAlarm();
}

void Reactor::cancel(Task *task)
{
    wake(task);
    if (!task->m_scheduled)
        return;
    task->m_scheduled = false;
    std::ranges::replace(m_due, task, nullptr);
    std::ranges::replace(m_running, task, nullptr);
}

void Reactor::bury(std::unique_ptr<Task> task)
{
    cancel(task.get());
    m_dead.push_back(std::move(task));
    post();
}

void Reactor::post()
{
    if (m_posted)
        return;
    m_posted = true;
    QCoreApplication::postEvent(this, new QEvent(QEvent::User));
}

bool Reactor::event(QEvent *event)
{
    if (event->type() != QEvent::User)
        return QObject::event(event);
    m_posted = false;
    if (!m_goOn.isActive()) // otherwise the new tasks run after the slices
        runSlice();
    return true;
}

void Reactor::runSlice()
{
    if (m_running.empty())
        m_running.swap(m_due);
    // A turn may cancel other tasks, and schedule any.
    for (int tasks = 0; m_next < m_running.size() && tasks < tasksPerSlice; ++m_next) {
        if (Task *task = std::exchange(m_running[m_next], nullptr)) {
            task->m_scheduled = false;
            task->turn();
            ++tasks;
        }
    }
    if (m_next < m_running.size()) {
        // By a timer: Qt handles events posted meanwhile before it polls the sockets.
        m_goOn.start(0, this);
    } else {
        m_goOn.stop();
        m_running.clear();
        m_next = 0;
        if (!m_due.empty())
            post();
    }
    const auto dead = std::exchange(m_dead, {}); // destructors may bury others
}

} // namespace rookery::net
