// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/loop/descriptorwatch.h"

#include <array>
#include <vector>

#include <sys/epoll.h>

namespace rookery::net {

/// The descriptors that one thread waits for, on one epoll instance.
///
/// Newly enabled events are registered with the kernel just before waiting, all changes of a descriptor at
/// once. Disabled reading is registered only when the kernel reports an event that is no longer wanted:
/// mostly reading is enabled again before that.
///
/// Thread: its dispatcher's.
class EpollSet
{
public:
    EpollSet();
    ~EpollSet();
    EpollSet(const EpollSet &) = delete;
    EpollSet &operator=(const EpollSet &) = delete;

    bool isValid() const { return m_epoll >= 0; }
    /// Edge-triggered: each write to it ends one wait() and does nothing else.
    bool setWakeUp(int descriptor);

    void attach(DescriptorWatch *watch);
    void update(DescriptorWatch *watch);
    void detach(DescriptorWatch *watch);
    /// Registers the watch anew: its descriptor number may refer to another open file by now.
    void renew(DescriptorWatch *watch);

    /// Waits until something is pending, at most this many milliseconds; -1: without a limit. Call only when
    /// nothing is pending.
    void wait(int milliseconds);
    bool hasPending() const { return m_position < m_count; }
    /// Activates the next pending watch; false if it has been deleted or disabled meanwhile.
    bool activateNext();

private:
    /// What epoll returns as the event's data: a slot and its generation. A slot outlives its watch. A
    /// descriptor number would not do, because it is reused at once.
    struct Slot
    {
        DescriptorWatch *watch = nullptr;
        quint32 generation = 0;
    };

    static constexpr int batch = 256;

    quint64 keyOf(const DescriptorWatch *watch) const;
    DescriptorWatch *find(quint64 key) const;
    void enqueue(DescriptorWatch *watch);
    void drop(DescriptorWatch *watch);
    void applyChanges();
    bool apply(DescriptorWatch *watch);
    int control(int operation, const DescriptorWatch *watch);
    void addFiles();
    void rebuild();

    int m_epoll;
    int m_wakeUp = -1;
    std::vector<Slot> m_slots;
    std::vector<quint32> m_free;
    std::vector<quint64> m_changed; ///< keys of watches whose registration must change
    std::vector<quint64> m_files; ///< keys of files that epoll does not support and that are always ready
    std::array<epoll_event, batch> m_ready;
    int m_position = 0;
    int m_count = 0;
    size_t m_nextFile = 0;
    bool m_complained = false; ///< log the error only once
};

} // namespace rookery::net
