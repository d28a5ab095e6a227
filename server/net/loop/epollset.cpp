// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/epollset.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace rookery::net {

namespace {

constexpr quint64 wakeUpKey = ~quint64(0);

uint32_t toEpoll(DescriptorWatch::Events events)
{
    return (events & DescriptorWatch::Read ? uint32_t(EPOLLIN) : 0)
        | (events & DescriptorWatch::Write ? uint32_t(EPOLLOUT) : 0)
        | (events & DescriptorWatch::Exception ? uint32_t(EPOLLPRI) : 0);
}

DescriptorWatch::Events fromEpoll(uint32_t events)
{
    if (events & (EPOLLHUP | EPOLLERR)) // the reader or writer finds out which it is
        return DescriptorWatch::Read | DescriptorWatch::Write | DescriptorWatch::Exception;
    return DescriptorWatch::Events((events & EPOLLIN ? DescriptorWatch::Read : 0)
        | (events & EPOLLOUT ? DescriptorWatch::Write : 0)
        | (events & EPOLLPRI ? DescriptorWatch::Exception : 0));
}

} // namespace

EpollSet::EpollSet()
    : m_epoll(::epoll_create1(EPOLL_CLOEXEC))
{ }

EpollSet::~EpollSet()
{
    for (const Slot &slot : m_slots) {
        if (slot.watch)
            slot.watch->m_engine = nullptr;
    }
    if (m_epoll >= 0)
        ::close(m_epoll);
}

bool EpollSet::setWakeUp(int descriptor)
{
    m_wakeUp = descriptor;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = wakeUpKey;
    return ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_wakeUp, &event) == 0;
}

quint64 EpollSet::keyOf(const DescriptorWatch *watch) const
{
    return quint64(m_slots[watch->m_slot].generation) << 32 | watch->m_slot;
}

DescriptorWatch *EpollSet::find(quint64 key) const
{
    const size_t at = quint32(key);
    if (at >= m_slots.size() || m_slots[at].generation != quint32(key >> 32))
        return nullptr;
    return m_slots[at].watch;
}

void EpollSet::attach(DescriptorWatch *watch)
{
    if (m_free.empty()) {
        watch->m_slot = quint32(m_slots.size());
        m_slots.push_back({});
    } else {
        watch->m_slot = m_free.back();
        m_free.pop_back();
    }
    m_slots[watch->m_slot].watch = watch;
}

void EpollSet::update(DescriptorWatch *watch)
{
    const DescriptorWatch::Events more = watch->m_interest & ~watch->m_applied;
    const DescriptorWatch::Events less = watch->m_applied & ~watch->m_interest;
    // A writable socket nearly always stays writable and would be reported again. A socket that is not
    // readable often stays so until reading is enabled again.
    if (more || (less & DescriptorWatch::Write))
        enqueue(watch);
}

void EpollSet::enqueue(DescriptorWatch *watch)
{
    if (!std::exchange(watch->m_queued, true))
        m_changed.push_back(keyOf(watch));
}

void EpollSet::detach(DescriptorWatch *watch)
{
    drop(watch);
    Slot &slot = m_slots[watch->m_slot];
    slot.watch = nullptr;
    ++slot.generation;
    m_free.push_back(watch->m_slot);
}

void EpollSet::renew(DescriptorWatch *watch)
{
    drop(watch);
    ++m_slots[watch->m_slot].generation; // earlier reports concern the old descriptor
    watch->m_queued = false;
    update(watch);
}

/// At once: the descriptor may be closed next and its number reused, while the open file lives on in a child
/// process.
void EpollSet::drop(DescriptorWatch *watch)
{
    if (watch->m_applied != 0)
        control(EPOLL_CTL_DEL, watch);
    watch->m_applied = 0;
}

int EpollSet::control(int operation, const DescriptorWatch *watch)
{
    epoll_event event{};
    event.events = toEpoll(watch->m_interest);
    event.data.u64 = keyOf(watch);
    return ::epoll_ctl(m_epoll, operation, watch->m_descriptor, &event) == 0 ? 0 : errno;
}

void EpollSet::applyChanges()
{
    std::erase_if(m_changed, [this](quint64 key) {
        DescriptorWatch *const watch = find(key);
        if (!watch)
            return true;
        if (watch->m_interest != watch->m_applied && !apply(watch))
            return false;
        watch->m_queued = false;
        return true;
    });
}

/// False: retry later.
bool EpollSet::apply(DescriptorWatch *watch)
{
    if (watch->m_interest == 0) {
        control(EPOLL_CTL_DEL, watch); // an error means that it is closed already
        watch->m_applied = 0;
        return true;
    }
    int error = control(watch->m_applied == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, watch);
    // It was closed meanwhile, against the rule, and the number belongs to another file now.
    if (error == ENOENT)
        error = control(EPOLL_CTL_ADD, watch);
    else if (error == EEXIST)
        error = control(EPOLL_CTL_MOD, watch);
    switch (error) {
    case 0:
        break;
    case EPERM:
        if (std::ranges::find(m_files, keyOf(watch)) == m_files.end())
            m_files.push_back(keyOf(watch));
        break;
    case EBADF:
        qWarning("The descriptor %d is watched, but closed.", watch->m_descriptor);
        break;
    default: // no memory, or the user's limit of watches
        if (!std::exchange(m_complained, true))
            qWarning("The descriptor %d cannot be watched: %s.", watch->m_descriptor, std::strerror(error));
        return false;
    }
    watch->m_applied = watch->m_interest;
    return true;
}

void EpollSet::wait(int milliseconds)
{
    applyChanges();
    std::erase_if(m_files, [this](quint64 key) {
        const DescriptorWatch *const watch = find(key);
        return !watch || watch->m_applied == 0;
    });
    const bool filesReady =
        std::ranges::any_of(m_files, [this](quint64 key) { return find(key)->m_interest != 0; });
    m_position = 0;
    m_count = std::max(0, ::epoll_wait(m_epoll, m_ready.data(), batch, filesReady ? 0 : milliseconds));
    if (filesReady)
        addFiles();
    const auto stale = [this](const epoll_event &event) {
        return event.data.u64 != wakeUpKey && !find(event.data.u64);
    };
    if (std::any_of(m_ready.begin(), m_ready.begin() + m_count, stale))
        rebuild();
}

/// As in poll(), a regular file is always readable and writable.
void EpollSet::addFiles()
{
    for (size_t i = 0; i < m_files.size() && m_count < batch; ++i) {
        m_nextFile = (m_nextFile + 1) % m_files.size();
        epoll_event &event = m_ready[size_t(m_count++)];
        event.events = EPOLLIN | EPOLLOUT;
        event.data.u64 = m_files[m_nextFile];
    }
}

/// The kernel has reported a descriptor that was detached before. It had been closed already, but a duplicate
/// keeps the registration alive, and without the descriptor it cannot be removed. It would be reported for
/// ever.
void EpollSet::rebuild()
{
    const int fresh = ::epoll_create1(EPOLL_CLOEXEC);
    if (fresh < 0)
        return; // retried with the next report
    ::close(std::exchange(m_epoll, fresh));
    setWakeUp(m_wakeUp);
    m_files.clear();
    for (const Slot &slot : m_slots) {
        if (!slot.watch)
            continue;
        slot.watch->m_applied = 0;
        if (slot.watch->m_interest != 0)
            enqueue(slot.watch);
    }
}

bool EpollSet::activateNext()
{
    const epoll_event event = m_ready[size_t(m_position++)];
    if (event.data.u64 == wakeUpKey)
        return false;
    DescriptorWatch *const watch = find(event.data.u64);
    if (!watch)
        return false;
    const DescriptorWatch::Events wanted = fromEpoll(event.events) & watch->m_interest;
    const DescriptorWatch::Events reported = fromEpoll(event.events) & watch->m_applied;
    if (reported & ~watch->m_interest)
        enqueue(watch);
    if (wanted == 0)
        return false;
    watch->descriptorReady(wanted);
    return true;
}

} // namespace rookery::net
