// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/loop/eventdispatcher.h"

#include <QThread>

#include <chrono>
#include <functional>
#include <future>

namespace rookery::test {

/// A QThread with the daemon's event dispatcher, if the platform has one, whose end is visible to
/// ThreadSanitizer: the synchronisation of QThread::wait() is inside Qt, which is not instrumented.
class EventThread final : public QThread
{
public:
    /// Runs `work`, or else an event loop until quit(). `dispatcher`: nullptr for Qt's own.
    explicit EventThread(std::function<void()> work = {},
        std::unique_ptr<QAbstractEventDispatcher> dispatcher = net::makeEventDispatcher())
        : m_work(std::move(work))
    {
        if (dispatcher)
            setEventDispatcher(dispatcher.release());
    }

    /// Hides QThread::wait(). False if it has not ended in time.
    bool wait(std::chrono::milliseconds most = std::chrono::minutes(1))
    {
        return m_end.wait_for(most) == std::future_status::ready && QThread::wait();
    }

protected:
    void run() override
    {
        if (m_work)
            m_work();
        else
            exec();
        m_ended.set_value();
    }

private:
    std::function<void()> m_work;
    std::promise<void> m_ended;
    std::future<void> m_end = m_ended.get_future();
};

} // namespace rookery::test
