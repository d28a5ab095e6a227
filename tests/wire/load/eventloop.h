// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace rookery::load {

/// Something with a descriptor that an EventLoop watches. Must outlive the turn of the loop in which it was
/// removed.
class Watcher
{
public:
    virtual void ready(std::uint32_t events) = 0;

protected:
    ~Watcher() = default;
};

/// A bare epoll loop, one per thread of the load generator. Only post() and stop() may be called from other
/// threads.
class EventLoop
{
public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop &) = delete;
    EventLoop &operator=(const EventLoop &) = delete;

    /// Level-triggered. False, with errno, if the kernel refuses.
    bool watch(int descriptor, std::uint32_t events, Watcher *watcher);
    void change(int descriptor, std::uint32_t events, Watcher *watcher);
    void unwatch(int descriptor);

    /// Runs `call` on the loop's thread, in order. Thread-safe.
    void post(std::function<void()> call);
    /// Returns after stop().
    void run();
    /// Thread-safe.
    void stop();

    /// Shared by all readers on this loop; its content is valid only while one read is handled.
    std::vector<char> &readBuffer() { return m_readBuffer; }

private:
    void runPosted();
    void wake();

    int m_epoll = -1;
    int m_wakeUp = -1;
    std::atomic<bool> m_stopping = false;
    std::vector<char> m_readBuffer;
    std::mutex m_mutex;
    std::vector<std::function<void()>> m_posted; ///< guarded by m_mutex
};

} // namespace rookery::load
