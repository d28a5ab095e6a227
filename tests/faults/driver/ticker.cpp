// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/ticker.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace rookery::faults {

Ticker::Ticker(load::EventLoop &loop, load::Nanos every, std::function<void(load::Nanos)> call)
    : m_loop(loop)
    , m_call(std::move(call))
    , m_timer(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))
{
    itimerspec time{};
    time.it_value.tv_sec = time.it_interval.tv_sec = every / load::second;
    time.it_value.tv_nsec = time.it_interval.tv_nsec = every % load::second;
    if (m_timer < 0 || ::timerfd_settime(m_timer, 0, &time, nullptr) != 0
        || !m_loop.watch(m_timer, EPOLLIN, this)) {
        const int problem = errno;
        ::close(m_timer);
        throw std::system_error(problem, std::generic_category(), "no timer could be made");
    }
}

Ticker::~Ticker()
{
    ::close(m_timer);
}

void Ticker::stop()
{
    m_loop.unwatch(m_timer);
    m_call = nullptr;
}

void Ticker::ready(std::uint32_t)
{
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t taken = ::read(m_timer, &ignored, sizeof ignored);
    if (m_call)
        m_call(load::now());
}

} // namespace rookery::faults
