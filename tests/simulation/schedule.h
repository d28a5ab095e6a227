// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace simulation {

/// What is to happen and when, in milliseconds of a clock that jumps from one to the next. What is to happen at the same
/// time happens in the order in which it was scheduled.
class Schedule
{
public:
    using Work = std::function<void()>;

    qint64 now() const { return m_now; }
    void at(qint64 time, Work work)
    {
        m_heap.push_back({std::max(time, m_now), ++m_count, std::move(work)});
        std::ranges::push_heap(m_heap, &Schedule::isLater);
    }
    void after(qint64 pause, Work work) { at(m_now + pause, std::move(work)); }
    /// The time of what is next; nothing may be scheduled any more if there is none.
    bool isEmpty() const { return m_heap.empty(); }
    qint64 nextTime() const { return m_heap.front().time; }
    void step()
    {
        std::ranges::pop_heap(m_heap, &Schedule::isLater);
        const Item next = std::move(m_heap.back());
        m_heap.pop_back();
        m_now = next.time;
        next.work();
    }

private:
    struct Item
    {
        qint64 time;
        quint64 number;
        Work work;
    };
    static bool isLater(const Item &a, const Item &b)
    {
        return std::pair(a.time, a.number) > std::pair(b.time, b.number);
    }

    std::vector<Item> m_heap;
    quint64 m_count = 0;
    qint64 m_now = 0;
};

} // namespace simulation
