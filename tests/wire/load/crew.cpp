// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/crew.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <latch>

namespace rookery::load {

namespace {

volatile std::sig_atomic_t interruptions = 0;

constexpr auto look = std::chrono::milliseconds(2);

void onInterrupt(int)
{
    interruptions = 1;
}

} // namespace

void catchInterrupts()
{
    struct sigaction action = {};
    action.sa_handler = onInterrupt;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

bool interrupted()
{
    return interruptions != 0;
}

Crew::Crew(int threads, double patience)
    : m_patience(patience)
{
    // Signals are for the main thread.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 0; i < threads; ++i) {
        auto worker = std::make_unique<Worker>();
        worker->thread = std::thread([loop = &worker->loop] { loop->run(); });
        m_workers.push_back(std::move(worker));
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Crew::~Crew()
{
    for (const auto &worker : m_workers)
        worker->loop.stop();
    for (const auto &worker : m_workers)
        worker->thread.join();
}

void Crew::onAll(const std::function<void(int)> &call)
{
    std::latch done(size());
    for (int i = 0; i < size(); ++i) {
        loop(i).post([&call, &done, i] {
            call(i);
            done.count_down();
        });
    }
    done.wait();
}

void Crew::on(int worker, const std::function<void()> &call)
{
    std::latch done(1);
    loop(worker).post([&call, &done] {
        call();
        done.count_down();
    });
    done.wait();
}

void Crew::barrier()
{
    onAll([](int) {});
}

bool Crew::reaches(const std::function<std::uint64_t()> &count, std::uint64_t goal)
{
    std::uint64_t seen = count();
    Nanos lastProgress = now();
    while (seen < goal) {
        m_failures.raise();
        if (interrupted())
            throw Interrupted();
        if (now() - lastProgress > Nanos(m_patience * double(second)))
            return false;
        std::this_thread::sleep_for(look);
        if (const std::uint64_t here = count(); here != seen) {
            seen = here;
            lastProgress = now();
        }
    }
    m_failures.raise();
    return true;
}

void Crew::pass(double seconds)
{
    const Nanos end = now() + Nanos(seconds * double(second));
    while (now() < end) {
        m_failures.raise();
        if (interrupted())
            throw Interrupted();
        std::this_thread::sleep_for(std::clamp(std::chrono::nanoseconds(end - now()),
            std::chrono::nanoseconds(0), std::chrono::nanoseconds(50 * millisecond)));
    }
    m_failures.raise();
}

Nanos Crew::cpuTime(int worker) const
{
    clockid_t clock = 0;
    timespec time{};
    auto &thread = m_workers[std::size_t(worker)]->thread;
    if (::pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || ::clock_gettime(clock, &time) != 0)
        return 0;
    return toNanos(time);
}

} // namespace rookery::load
