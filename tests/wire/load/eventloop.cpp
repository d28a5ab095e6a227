// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/eventloop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace rookery::load {

namespace {

constexpr std::size_t readBufferBytes = 256 * 1024;
constexpr int eventsPerTurn = 512;

} // namespace

EventLoop::EventLoop()
    : m_epoll(::epoll_create1(EPOLL_CLOEXEC))
    , m_wakeUp(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    , m_readBuffer(readBufferBytes)
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    if (m_epoll < 0 || m_wakeUp < 0 || ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_wakeUp, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "no event loop could be made");
}

EventLoop::~EventLoop()
{
    ::close(m_wakeUp);
    ::close(m_epoll);
}

bool EventLoop::watch(int descriptor, std::uint32_t events, Watcher *watcher)
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = watcher;
    return ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EventLoop::change(int descriptor, std::uint32_t events, Watcher *watcher)
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = watcher;
    ::epoll_ctl(m_epoll, EPOLL_CTL_MOD, descriptor, &event);
}

void EventLoop::unwatch(int descriptor)
{
    ::epoll_ctl(m_epoll, EPOLL_CTL_DEL, descriptor, nullptr);
}

void EventLoop::post(std::function<void()> call)
{
    {
        const std::lock_guard lock(m_mutex);
        m_posted.push_back(std::move(call));
    }
    wake();
}

void EventLoop::stop()
{
    m_stopping = true;
    wake();
}

void EventLoop::wake()
{
    const std::uint64_t one = 1;
    // It fails only where the counter is full, and then the loop is awake.
    [[maybe_unused]] const ssize_t written = ::write(m_wakeUp, &one, sizeof one);
}

void EventLoop::runPosted()
{
    std::vector<std::function<void()>> calls;
    {
        const std::lock_guard lock(m_mutex);
        calls.swap(m_posted);
    }
    for (const auto &call : calls)
        call();
}

void EventLoop::run()
{
    std::array<epoll_event, eventsPerTurn> events;
    while (!m_stopping) {
        const int count = ::epoll_wait(m_epoll, events.data(), eventsPerTurn, -1);
        for (int i = 0; i < count; ++i) {
            if (auto *watcher = static_cast<Watcher *>(events[std::size_t(i)].data.ptr)) {
                watcher->ready(events[std::size_t(i)].events);
                continue;
            }
            std::uint64_t ignored = 0;
            [[maybe_unused]] const ssize_t taken = ::read(m_wakeUp, &ignored, sizeof ignored);
            runPosted();
        }
    }
}

} // namespace rookery::load
