// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/pacer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace rookery::bench {

using namespace load;

Pacer::Pacer(EventLoop &loop, std::function<void(Nanos)> call)
    : m_loop(loop)
    , m_call(std::move(call))
    , m_timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))
{
    if (m_timer < 0)
        throw std::system_error(errno, std::generic_category(), "no timer could be made");
}

Pacer::~Pacer()
{
    ::close(m_timer);
}

void Pacer::start(Nanos first, Nanos interval)
{
    m_next = first;
    m_interval = interval;
    m_loop.watch(m_timer, EPOLLIN, this);
    arm();
}

void Pacer::stop()
{
    if (m_interval == 0)
        return;
    m_interval = 0;
    m_loop.unwatch(m_timer);
}

void Pacer::arm()
{
    itimerspec when{};
    when.it_value.tv_sec = m_next / second;
    when.it_value.tv_nsec = m_next % second;
    ::timerfd_settime(m_timer, TFD_TIMER_ABSTIME, &when, nullptr);
}

void Pacer::ready(std::uint32_t)
{
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t taken = ::read(m_timer, &ignored, sizeof ignored);
    while (m_interval > 0 && m_next <= now()) {
        const Nanos due = m_next;
        m_next += m_interval;
        m_call(due);
    }
    if (m_interval > 0)
        arm();
}

} // namespace rookery::bench
