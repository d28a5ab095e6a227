// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <thread>

namespace rookery::threads {

/// A thread without an event loop, for work that is taken from a queue. Joined by the destructor: the owner
/// must make it end first. A std::thread, not a QThread, because ThreadSanitizer sees its start and end.
class Thread
{
public:
    /// `name` is shown by `ps -L` and debuggers; at most 15 characters.
    Thread(const char *name, std::function<void()> run);
    Thread(const Thread &) = delete;
    Thread &operator=(const Thread &) = delete;
    ~Thread();

private:
    std::thread m_thread;
};

} // namespace rookery::threads
