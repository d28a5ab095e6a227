// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/bench.h"
#include "tests/bench/deliverysink.h"
#include "tests/bench/pacer.h"

#include <atomic>
#include <cstddef>

namespace rookery::faults {

/// Readers of one room that are not the target of a fault, on one worker; the first one sends at an even pace.
/// Their latency, counted from when a message was due, shows what the fault costs others.
class Others final : public bench::DeliverySink
{
public:
    static constexpr double rate = 100; ///< messages per second …
    static constexpr std::size_t size = 1'000; ///< … of this many bytes

    explicit Others(bench::Bench &bench);

    void setSender(bench::Session *sender) { m_sender = sender; }
    /// On the worker's loop, like stop() and takeTimes().
    void start();
    void stop() { m_pacer.stop(); }
    std::uint32_t sent() const { return m_sent; }

private:
    bench::Session *m_sender = nullptr;
    std::atomic<std::uint32_t> m_sent = 0;
    bench::Pacer m_pacer;
};

} // namespace rookery::faults
