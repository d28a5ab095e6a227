// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/checkpointer.h"

#include <future>
#include <utility>

namespace rookery::store {

Checkpointer::Checkpointer(Options options)
    : m_options(std::move(options))
{ }

Result<Nothing> Checkpointer::start()
{
    const auto opened = std::make_shared<std::promise<Result<Nothing>>>();
    auto future = opened->get_future();
    m_thread.emplace("store-log", [this, opened] {
        auto connection = m_options.connect();
        if (!connection) {
            opened->set_value(connection.error());
            return;
        }
        opened->set_value(Nothing());
        loop(std::move(connection).value());
    });
    return future.get();
}

void Checkpointer::committed(quint64 writes)
{
    const std::scoped_lock lock(m_mutex);
    const quint64 before = m_writes;
    m_writes += writes;
    // Waking a thread costs more than the rest of this, so it is woken only if it has something to decide.
    if (before == 0 || (before < m_options.writes && m_writes >= m_options.writes))
        m_changed.notify_one();
}

void Checkpointer::erased()
{
    const std::scoped_lock lock(m_mutex);
    if (!std::exchange(m_erased, true))
        m_changed.notify_one();
}

void Checkpointer::stop()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_closed = true;
        m_changed.notify_all();
    }
    m_thread.reset();
}

void Checkpointer::waitForWork(std::unique_lock<std::mutex> &lock)
{
    while (!m_closed && m_writes == 0) {
        if (!m_erased)
            m_changed.wait(lock);
        else if (m_changed.wait_until(lock, m_nextTruncation) == std::cv_status::timeout)
            break;
    }
    m_changed.wait_for(lock, m_options.interval, [this] { return m_closed || m_writes >= m_options.writes; });
}

void Checkpointer::loop(std::unique_ptr<Connection> connection)
{
    std::unique_lock lock(m_mutex);
    while (true) {
        waitForWork(lock);
        if (m_closed)
            return;
        m_writes = 0;
        const bool truncate = m_erased && Clock::now() >= m_nextTruncation;
        // Text that is erased from now on may come too late for this truncation.
        if (truncate)
            m_erased = false;
        lock.unlock();
        const bool done = checkpoint(connection, truncate);
        lock.lock();
        if (truncate) {
            m_erased = m_erased || !done;
            m_nextTruncation = Clock::now() + m_options.truncateInterval;
        }
    }
}

bool Checkpointer::checkpoint(std::unique_ptr<Connection> &connection, bool truncate)
{
    try {
        if (!connection) {
            auto reopened = m_options.connect();
            if (!reopened)
                throw DatabaseError{Fault::Connection, reopened.error().detail};
            connection = std::move(reopened).value();
        }
        m_options.checkpoint(*connection);
        return !truncate || m_options.truncate(*connection);
    } catch (const DatabaseError &error) {
        // Nothing is lost: everything stays in the log, and the next checkpoint copies it again.
        m_options.faults->tell("a checkpoint failed", error.text);
        m_options.failed();
        if (error.fault == Fault::Connection)
            connection.reset();
    }
    return false;
}

} // namespace rookery::store
