// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/counter.h"
#include "tests/bench/histogram.h"
#include "tests/bench/pacer.h"
#include "tests/faults/crowd/reader.h"
#include "tests/wire/load/failure.h"

#include <memory>
#include <queue>
#include <random>
#include <vector>

namespace rookery::faults {

/// Many readers on one loop. A reader that loses its socket reconnects as the protocol asks: after a delay
/// that grows with every attempt and differs from client to client.
///
/// Created and destroyed on the main thread, before the loop knows of it or after leave(); in between it
/// belongs to the loop, except for the functions marked as callable from every thread.
class Crowd final : private ReaderOwner
{
public:
    Crowd(load::EventLoop &loop, const load::Endpoint &endpoint, load::FailureNote &failures,
        std::uint32_t seed);

    Reader &add(std::string token, std::string room);
    std::size_t size() const { return m_readers.size(); }
    Reader &reader(std::size_t at) { return *m_readers[at]; }

    /// Opens all, `concurrency` at once.
    void enter(int concurrency);
    /// Closes all permanently.
    void leave();
    /// Whether readers that lose their sockets reconnect. True by default; when it becomes true, readers
    /// without a socket reconnect at once.
    void setReturning(bool returning);
    /// From now on times() counts from `moment`.
    void startClock(load::Nanos moment);

    // Callable from every thread:
    std::uint64_t ready() const { return m_ready.value(); } ///< how often a reader has become ready
    std::uint64_t ended() const { return m_ended.value(); } ///< how often a reader has lost its socket
    std::uint64_t events() const { return m_events.value(); } ///< read by all readers together

    /// When each became ready for the first time since startClock(); for the main thread when the loop is
    /// idle.
    const bench::Histogram &times() const { return m_times; }

private:
    struct Return
    {
        load::Nanos due;
        Reader *reader;
        bool operator<(const Return &other) const { return due > other.due; } // the earliest comes first
    };

    void readerReady(Reader &reader) override;
    void readerMoved(Reader &reader) override;
    void readerEnded(Reader &reader, const std::string &reason) override;
    void readerCheated(Reader &reader, const std::string &what) override;
    void openNext();
    void openThoseDue();
    void comeBack(Reader &reader);

    load::EventLoop &m_loop;
    const load::Endpoint &m_endpoint;
    load::FailureNote &m_failures;
    std::mt19937 m_random;
    std::vector<std::unique_ptr<Reader>> m_readers;
    std::size_t m_entered = 0;
    bool m_returning = true;
    bool m_left = false;
    std::priority_queue<Return> m_returns;
    bench::Pacer m_clock;
    load::Nanos m_since = 0;
    bench::Histogram m_times;
    bench::Counter m_ready;
    bench::Counter m_ended;
    bench::Counter m_events;
};

} // namespace rookery::faults
