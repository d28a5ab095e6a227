// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/counter.h"
#include "tests/bench/flock.h"
#include "tests/bench/messagetag.h"

#include <atomic>
#include <utility>

namespace rookery::bench {

/// Counts and checks deliveries to the sessions of one worker: every session must receive each number of its
/// stream of messages once and in order. A session receives one stream (`Session::stream`); its next number
/// is `Session::expected`.
class DeliverySink : public FrameSink
{
public:
    DeliverySink(std::uint32_t run, load::FailureNote &failures)
        : m_run(run)
        , m_failures(failures)
    { }
    virtual ~DeliverySink() = default;

    void frame(Session &session, std::string_view frame, load::Nanos at) final;

    /// Whether latencies are recorded.
    void setMeasuring(bool measuring) { m_measuring = measuring; }
    std::uint64_t deliveries() const { return m_deliveries.value(); }
    /// The number of reads: fewer than deliveries if the server batches frames.
    std::uint64_t reads() const { return m_reads.value(); }
    /// Deliveries that were duplicates, or came after a later one.
    std::uint64_t duplicates() const { return m_duplicates.value(); }
    /// Latency from when a message was due to be sent until it was read; for the main thread when the worker
    /// is idle.
    const Histogram &times() const { return m_times; }
    /// The same, and resets it; on the worker's loop.
    Histogram takeTimes() { return std::exchange(m_times, Histogram()); }

protected:
    /// Called after a delivery was counted.
    virtual void delivered(Session &, const MessageTag &) { }
    std::uint32_t run() const { return m_run; }

private:
    void other(std::string_view frame);

    std::uint32_t m_run;
    load::FailureNote &m_failures;
    std::size_t m_hint = 0;
    std::atomic<bool> m_measuring = false;
    Counter m_deliveries;
    Counter m_reads;
    load::Nanos m_lastRead = 0;
    Counter m_duplicates;
    Histogram m_times;
};

} // namespace rookery::bench
