// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QBasicTimer>
#include <QObject>

#include <chrono>
#include <map>
#include <memory>
#include <vector>

namespace rookery::net {

/// What one thread's connections share: the list of those that have something to do at the end of this turn
/// of the event loop, the graveyard of those that are over, and one buffer to read into. Lives on that
/// thread.
///
/// Where many have something to do, as when a message goes to a thousand, they do it in slices, and between
/// two of them the loop reads and hears of what is new: it leaves together with what still waits, and nobody
/// else waits for the last of the thousand.
class Reactor : public QObject
{
    Q_OBJECT
public:
    class Task;
    using Clock = std::chrono::steady_clock;
    using Sleepers = std::multimap<Clock::time_point, Task *>;

    /// Something that wants to act once per turn, however often it is scheduled. It must be buried or
    /// cancelled before it goes.
    class Task
    {
    public:
        virtual ~Task() = default;
        virtual void turn() = 0;

    private:
        friend class Reactor;
        bool m_scheduled = false;
        bool m_sleeping = false;
        Sleepers::iterator m_place; ///< while it sleeps
    };

    static constexpr int tasksPerSlice = 64;
    static constexpr qsizetype readBufferBytes = 64 * 1024;

    explicit Reactor(QObject *parent = nullptr);
    ~Reactor() override;

    void schedule(Task *task);
    /// Schedules the task once this time has come, to a few milliseconds. A second call replaces the first.
    void scheduleAt(Task *task, Clock::time_point when);
    void cancel(Task *task);
    /// Deletes the task once nothing of it can be on the stack any more.
    void bury(std::unique_ptr<Task> task);

    /// Contents are only good until the next read.
    char *readBuffer() { return m_readBuffer.get(); }

protected:
    bool event(QEvent *event) override;
    void timerEvent(QTimerEvent *event) override;

private:
    void post();
    void runSlice();
    void wake(Task *task);
    void setAlarm();

    std::vector<Task *> m_due;
    std::vector<Task *> m_running;
    size_t m_next = 0; ///< of m_running
    QBasicTimer m_goOn; ///< while there is more of m_running
    std::vector<std::unique_ptr<Task>> m_dead;
    std::unique_ptr<char[]> m_readBuffer;
    Sleepers m_sleeping;
    QBasicTimer m_alarm; ///< for the first of them
    bool m_posted = false;
};

} // namespace rookery::net
