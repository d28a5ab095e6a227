// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/timerqueue.h"

#include <QCoreApplication>
#include <QTimerEvent>

#include <algorithm>
#include <bit>

namespace rookery::net {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

milliseconds roundedUp(TimerQueue::Clock::duration left)
{
    return std::max(0ms, std::chrono::ceil<milliseconds>(left));
}

} // namespace

void TimerQueue::add(
    int id, milliseconds interval, Qt::TimerType type, QObject *object, Clock::time_point now)
{
    remove(id);
    Timer &timer = m_timers[id];
    timer.interval = interval;
    timer.type = type;
    timer.object = object;
    timer.registration = ++m_counter;
    timer.nominal = now + interval;
    enqueue(id, timer);
}

void TimerQueue::enqueue(int id, Timer &timer)
{
    timer.position = {rounded(timer), ++m_counter};
    m_order.emplace(timer.position, id);
}

/// The time rounded up to a multiple of a step that all timers of about this interval share.
TimerQueue::Clock::time_point TimerQueue::rounded(const Timer &timer)
{
    milliseconds step = 1ms;
    if (timer.type == Qt::VeryCoarseTimer)
        step = 1s;
    else if (timer.type == Qt::CoarseTimer && timer.interval >= 40ms)
        step = milliseconds(std::bit_floor(quint64(timer.interval.count() / 20)));
    else
        return timer.nominal;
    const auto since = timer.nominal.time_since_epoch();
    const auto over = since % step;
    return over.count() == 0 ? timer.nominal : timer.nominal + (step - over);
}

bool TimerQueue::remove(int id)
{
    const auto found = m_timers.find(id);
    if (found == m_timers.end())
        return false;
    m_order.erase(found->second.position);
    m_timers.erase(found);
    return true;
}

bool TimerQueue::removeAll(const QObject *object)
{
    const auto count = std::erase_if(m_timers, [&](const auto &entry) {
        if (entry.second.object != object)
            return false;
        m_order.erase(entry.second.position);
        return true;
    });
    return count > 0;
}

QList<TimerQueue::TimerInfo> TimerQueue::timersOf(const QObject *object) const
{
    QList<TimerInfo> timers;
    for (const auto &[id, timer] : m_timers) {
        if (timer.object == object)
            timers.append(TimerInfo(id, int(timer.interval.count()), timer.type));
    }
    return timers;
}

std::optional<milliseconds> TimerQueue::remaining(int id, Clock::time_point now) const
{
    const auto found = m_timers.find(id);
    if (found == m_timers.end())
        return std::nullopt;
    return roundedUp(found->second.position.first - now);
}

std::optional<milliseconds> TimerQueue::untilFirst(Clock::time_point now) const
{
    for (const auto &[position, id] : m_order) {
        if (!m_timers.at(id).active)
            return roundedUp(position.first - now);
    }
    return std::nullopt;
}

int TimerQueue::activate(Clock::time_point now)
{
    if (m_order.empty() || m_order.begin()->first.first > now)
        return 0;
    // Only timers that are due now, not those that become due meanwhile, so that sockets are not starved.
    std::vector<std::pair<int, quint64>> due;
    for (auto it = m_order.begin(); it != m_order.end() && it->first.first <= now; ++it)
        due.emplace_back(it->second, m_timers.at(it->second).registration);

    int activated = 0;
    for (const auto &[id, registration] : due) {
        const auto find = [this, id = id, registration = registration]() -> Timer * {
            const auto found = m_timers.find(id);
            return found != m_timers.end() && found->second.registration == registration ? &found->second
                                                                                         : nullptr;
        };
        Timer *timer = find();
        if (!timer || timer->active || timer->position.first > now)
            continue;
        m_order.erase(timer->position);
        timer->nominal += timer->interval;
        if (timer->nominal < now)
            timer->nominal = now + timer->interval;
        enqueue(id, *timer);
        timer->active = true;
        QTimerEvent event(id);
        QCoreApplication::sendEvent(timer->object, &event);
        ++activated;
        if (Timer *const still = find())
            still->active = false;
    }
    return activated;
}

} // namespace rookery::net
