// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/counter.h"
#include "tests/bench/flock.h"
#include "tests/bench/messagetag.h"

#include <atomic>
#include <utility>

namespace rookery::bench {

/// Counts and checks what arrives at the sessions of one worker: of its stream of messages every session must
/// see each number once and in order. A session hears one stream (`Session::stream`), whose next number is
/// kept in `Session::expected`.
class DeliverySink : public FrameSink
{
public:
    DeliverySink(std::uint32_t run, FailureNote &failures)
        : m_run(run)
        , m_failures(failures)
    { }
    virtual ~DeliverySink() = default;

    void frame(Session &session, std::string_view frame, Nanos at) final;

    /// Whether times are recorded.
    void setMeasuring(bool measuring) { m_measuring = measuring; }
    std::uint64_t deliveries() const { return m_deliveries.value(); }
    /// In how many reads they came: fewer where the server gathers frames.
    std::uint64_t reads() const { return m_reads.value(); }
    /// Those that came again, or after a later one.
    std::uint64_t duplicates() const { return m_duplicates.value(); }
    /// From when a message was due to be sent until it was read; for the main thread when the worker is at
    /// rest.
    const Histogram &times() const { return m_times; }
    /// The same, and begins anew; on the worker's loop.
    Histogram takeTimes() { return std::exchange(m_times, Histogram()); }

protected:
    /// After a delivery was counted.
    virtual void delivered(Session &, const MessageTag &) { }
    std::uint32_t run() const { return m_run; }

private:
    void other(std::string_view frame);

    std::uint32_t m_run;
    FailureNote &m_failures;
    std::size_t m_hint = 0;
    std::atomic<bool> m_measuring = false;
    Counter m_deliveries;
    Counter m_reads;
    Nanos m_lastRead = 0;
    Counter m_duplicates;
    Histogram m_times;
};

} // namespace rookery::bench
