// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clock.h"
#include "tests/wire/load/eventloop.h"

#include <functional>

namespace rookery::bench {

/// Calls at an even pace that waits for nothing (an open loop): every call gets the time at which it was due,
/// and missed calls are made up for at once. Lives on its loop's thread.
class Pacer final : private load::Watcher
{
public:
    Pacer(load::EventLoop &loop, std::function<void(load::Nanos due)> call);
    ~Pacer();
    Pacer(const Pacer &) = delete;
    Pacer &operator=(const Pacer &) = delete;

    void start(load::Nanos first, load::Nanos interval);
    void stop();

private:
    void ready(std::uint32_t events) override;
    void arm();

    load::EventLoop &m_loop;
    std::function<void(load::Nanos)> m_call;
    int m_timer = -1;
    load::Nanos m_next = 0;
    load::Nanos m_interval = 0;
};

} // namespace rookery::bench
