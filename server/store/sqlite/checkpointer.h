// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/sqlite/writer.h"
#include "server/threads/thread.h"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace rookery::store {

/// A thread that moves what is committed from the write-ahead log into the database file, on a connection of
/// its own and beside the writer. Left to the writer, as SQLite would have it, that work and its fsyncs stand
/// between two commits every few thousand messages, and all senders wait for it. The writer makes none, since
/// nobody would hear of one that failed.
class Checkpointer
{
public:
    struct Options
    {
        Connect connect;
        std::function<void(Connection &)> checkpoint; ///< should not wait for the writer
        std::chrono::milliseconds interval = std::chrono::seconds(1); ///< while there is something
        quint64 writes = 2000; ///< so many are not left for the interval
        /// After a checkpoint that failed, before its connection is closed.
        std::function<void()> failed = [] {};
        std::shared_ptr<FaultLog> faults = std::make_shared<FaultLog>();
    };

    explicit Checkpointer(Options options);
    ~Checkpointer() { stop(); }

    /// Starts the thread and waits until it has its connection.
    Result<Nothing> start();
    /// So many writes have been committed. Thread-safe, does not block.
    void committed(quint64 writes);
    /// Waits for the checkpoint that is being made and closes the connection. No other begins.
    void stop();

private:
    void loop(std::unique_ptr<Connection> connection);
    void checkpoint(std::unique_ptr<Connection> &connection);

    const Options m_options;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    quint64 m_writes = 0; ///< since the last checkpoint was begun
    bool m_closed = false;
    std::optional<threads::Thread> m_thread;
};

} // namespace rookery::store
