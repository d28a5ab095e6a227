// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractEventDispatcher>

#include <chrono>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rookery::net {

/// The timers of one event dispatcher, with the semantics of QAbstractEventDispatcher. None fires early. A
/// coarse timer fires up to 5 % of its interval late, so that several share one wake-up; a very coarse one up
/// to a second late.
///
/// A timer that has missed several of its times fires once. It does not fire while its last event is still
/// being handled (in a nested event loop). A timer of 0 ms fires once per activate().
///
/// Thread: its dispatcher's.
class TimerQueue
{
public:
    using Clock = std::chrono::steady_clock;
    using TimerInfo = QAbstractEventDispatcher::TimerInfo;

    void add(int id, std::chrono::milliseconds interval, Qt::TimerType type, QObject *object,
        Clock::time_point now);
    /// False: there is no such timer.
    bool remove(int id);
    bool removeAll(const QObject *object);
    QList<TimerInfo> timersOf(const QObject *object) const;

    /// Time until it fires, never negative, rounded up; nullopt if there is no such timer.
    std::optional<std::chrono::milliseconds> remaining(int id, Clock::time_point now) const;
    /// Time until the first timer fires, likewise; nullopt if none will.
    std::optional<std::chrono::milliseconds> untilFirst(Clock::time_point now) const;

    /// Sends the events of all timers that are due now; returns how many.
    int activate(Clock::time_point now);

private:
    /// A time and a serial number, so that timers of the same time fire in the order in which they were set.
    using Position = std::pair<Clock::time_point, quint64>;

    struct Timer
    {
        std::chrono::milliseconds interval;
        Qt::TimerType type;
        QObject *object;
        quint64 registration; ///< tells a timer from a later one with the same id
        Clock::time_point nominal; ///< when it is due, before rounding
        Position position;
        bool active = false; ///< its event is being handled
    };

    void enqueue(int id, Timer &timer);
    static Clock::time_point rounded(const Timer &timer);

    std::unordered_map<int, Timer> m_timers;
    std::map<Position, int> m_order; ///< ids
    quint64 m_counter = 0;
};

} // namespace rookery::net
