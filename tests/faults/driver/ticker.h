// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clock.h"
#include "tests/wire/load/eventloop.h"

#include <functional>

namespace rookery::faults {

/// Calls at an even pace on its loop's thread. Must be created and destroyed while nothing else uses that
/// thread, or on it.
class Ticker final : private load::Watcher
{
public:
    /// Throws std::system_error.
    Ticker(load::EventLoop &loop, load::Nanos every, std::function<void(load::Nanos now)> call);
    ~Ticker();
    void stop();
    Ticker(const Ticker &) = delete;
    Ticker &operator=(const Ticker &) = delete;

private:
    void ready(std::uint32_t events) override;

    load::EventLoop &m_loop;
    std::function<void(load::Nanos)> m_call;
    int m_timer;
};

} // namespace rookery::faults
