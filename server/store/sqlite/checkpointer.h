// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/jobs/writer.h"
#include "server/threads/thread.h"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace rookery::store {

/// A thread that copies committed pages from the write-ahead log into the database file, on a connection of its own.
/// By default SQLite does that on the writer's connection: every few thousand messages all senders would wait for the
/// copying and its fsyncs between two commits, and a checkpoint that fails would go unnoticed.
class Checkpointer
{
public:
    struct Options
    {
        Connect connect;
        std::function<void(Connection &)> checkpoint; ///< should not wait for the writer
        std::chrono::milliseconds interval = std::chrono::milliseconds(100); ///< while there are new commits
        quint64 writes = 2000; ///< so many do not wait for the interval
        /// Empties the log, which has the erased text; false if a reader prevented it.
        std::function<bool(Connection &)> truncate = [](Connection &) { return true; };
        std::chrono::milliseconds truncateInterval = std::chrono::seconds(2); ///< at least
        /// After a checkpoint that failed, before its connection is closed.
        std::function<void()> failed = [] {};
        std::shared_ptr<FaultLog> faults = std::make_shared<FaultLog>();
    };

    explicit Checkpointer(Options options);
    ~Checkpointer() { stop(); }

    /// Starts the thread and waits until it has its connection.
    Result<Nothing> start();
    /// To be called after each commit, with its number of writes. Thread-safe, does not block.
    void committed(quint64 writes);
    /// To be called after a commit that has erased text: the log is emptied soon. Thread-safe, does not block.
    void erased();
    /// Waits for a running checkpoint, closes the connection and ends the thread.
    void stop();

private:
    using Clock = std::chrono::steady_clock;

    void loop(std::unique_ptr<Connection> connection);
    void waitForWork(std::unique_lock<std::mutex> &lock);
    /// False if it failed.
    bool checkpoint(std::unique_ptr<Connection> &connection, bool truncate);

    const Options m_options;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    quint64 m_writes = 0; ///< since the last checkpoint began
    bool m_erased = false; ///< since the log was last emptied
    Clock::time_point m_nextTruncation = {};
    bool m_closed = false;
    std::optional<threads::Thread> m_thread;
};

} // namespace rookery::store
