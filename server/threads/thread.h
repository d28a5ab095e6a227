// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <thread>

namespace rookery::threads {

/// A thread without an event loop, for work that takes its orders from a queue. Joined at destruction:
/// whoever owns it makes it end first. A std::thread, not a QThread, because ThreadSanitizer sees where it
/// begins and ends.
class Thread
{
public:
    /// `name` is what `ps -L` and debuggers show, at most 15 characters.
    Thread(const char *name, std::function<void()> run);
    Thread(const Thread &) = delete;
    Thread &operator=(const Thread &) = delete;
    ~Thread();

private:
    std::thread m_thread;
};

} // namespace rookery::threads
