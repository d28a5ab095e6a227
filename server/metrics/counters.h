// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace rookery::metrics {

/// A number that one thread raises and any thread may read. Raising it costs what a plain variable costs: no
/// locked instruction, and a cache line of its thread's.
class Counter
{
public:
    /// On its own thread only.
    void add(std::uint64_t by = 1)
    {
        m_value.store(m_value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    /// Thread-safe. Two counters that are read one after the other need not belong to one moment.
    std::uint64_t value() const { return m_value.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> m_value = 0;
};

/// What a thread of the daemon counts, since the process began. With Counter it is the thread's own struct,
/// with a number the sum of them.
template <typename Number>
struct Counts
{
    Number connectionsOpened{};
    Number connectionsEnded{};
    Number bytesRead{}; ///< from sockets; over TLS those inside
    Number bytesWritten{}; ///< taken by the kernel, or by TLS
    Number writes{}; ///< calls that wrote something
    Number requests{}; ///< over HTTP, without handshakes and refusals
    Number refusals{}; ///< of requests that no handler saw: malformed, too large, for another host …
    Number webSocketsOpened{};
    Number messagesReceived{}; ///< over WebSockets, whole
    Number messagesSent{}; ///< over WebSockets, queued
    Number slowReaders{}; ///< WebSockets that were closed because their reader was too slow
    Number transactions{}; ///< committed by the store
    Number changes{}; ///< calls of the store that these transactions carried out, refused ones too
};
using Counters = Counts<Counter>;
using Totals = Counts<std::uint64_t>;

/// The name, unit and field of each count, in the order of the fields: whoever shows them all goes through
/// this table.
struct Field
{
    const char *name; ///< as Prometheus wants it: snake_case, with its unit, without a prefix
    const char *help; ///< a sentence
    Counter Counters::*counter;
    std::uint64_t Totals::*total;
};
extern const std::array<Field, sizeof(Totals) / sizeof(std::uint64_t)> fields;

/// The calling thread's own. It lives as long as the thread; what it has counted by then stays in totals().
Counters &ofThisThread();

/// The sum over all threads, living or ended. Thread-safe; takes a mutex that a thread takes when it begins
/// or ends to count.
Totals totals();

} // namespace rookery::metrics
