// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/clientid.h"
#include "tests/bench/counter.h"
#include "tests/bench/flock.h"

#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace rookery::bench {

/// The senders of one worker on /ws/v1. Each keeps its number of messages in flight; an acknowledgement
/// allows the next one. Records the seq of every acknowledged message. Session::stream identifies the sender.
class AckSink final : public FrameSink
{
public:
    struct Work
    {
        std::uint32_t run = 0;
        std::size_t size = 0;
        int inFlight = 0;
        ClientIds clientIds = ClientIds::Ordered;
        std::uint64_t messages = 0; ///< of all senders of this worker; 0: until finish()
    };
    AckSink(const Work &work, load::FailureNote &failures);

    void frame(Session &session, std::string_view frame, load::Nanos at) override;

    /// On the worker's loop, after all senders are ready.
    void start(Session &session);
    /// Stops sending; messages in flight are still acknowledged.
    void finish() { m_finishing = true; }
    void setMeasuring(bool measuring) { m_measuring = measuring; }

    std::uint64_t sent() const { return m_sent.value(); }
    std::uint64_t acknowledged() const { return m_acknowledged.value(); }

    /// One sender's messages; for the main thread when the worker is idle.
    struct Message
    {
        load::Nanos due = 0;
        std::int64_t unixMs = 0;
        std::int64_t seq = 0; ///< 0: not acknowledged
    };
    using Sent = std::vector<Message>; ///< by number
    const std::unordered_map<std::uint32_t, Sent> &senders() const { return m_senders; }
    const Histogram &times() const { return m_times; }

private:
    void sendNext(Session &session);

    Work m_work;
    load::FailureNote &m_failures;
    std::unordered_map<std::uint32_t, Sent> m_senders; ///< by stream
    std::atomic<bool> m_finishing = false;
    std::atomic<bool> m_measuring = false;
    Counter m_sent;
    Counter m_acknowledged;
    Histogram m_times;
};

} // namespace rookery::bench
