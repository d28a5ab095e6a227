// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QBasicTimer>
#include <QObject>

#include <chrono>
#include <map>
#include <memory>
#include <vector>

namespace rookery::net {

/// Shared by one thread's connections: the list of tasks due at the end of this turn of the event loop, the
/// graveyard of finished ones, and one read buffer. Lives on that thread.
///
/// If many tasks are due, as when a message goes to a thousand sockets, they run in slices. Between two
/// slices the event loop reads new input. New messages are then sent together with those still waiting, and
/// other connections need not wait for the last of the thousand.
class Reactor : public QObject
{
    Q_OBJECT
public:
    class Task;
    using Clock = std::chrono::steady_clock;
    using Sleepers = std::multimap<Clock::time_point, Task *>;

    /// A task that runs once per turn, however often it is scheduled. It must be buried or cancelled before
    /// it is destroyed.
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
    /// Schedules the task for this time, to within a few milliseconds. A second call replaces the first.
    void scheduleAt(Task *task, Clock::time_point when);
    void cancel(Task *task);
    /// Deletes the task once none of its functions can be on the stack.
    void bury(std::unique_ptr<Task> task);

    /// The contents are valid only until the next read.
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
    size_t m_next = 0; ///< into m_running
    QBasicTimer m_goOn; ///< while m_running has tasks left
    std::vector<std::unique_ptr<Task>> m_dead;
    std::unique_ptr<char[]> m_readBuffer;
    Sleepers m_sleeping;
    QBasicTimer m_alarm; ///< for the first sleeper
    bool m_posted = false;
};

} // namespace rookery::net
