// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/loop/descriptorwatch.h"

#include <array>
#include <vector>

#include <sys/epoll.h>

namespace rookery::net {

/// The descriptors that one thread waits for, on one epoll instance.
///
/// Interest that grows is told to the kernel just before waiting, all changes of a descriptor at once. Of
/// reading that is switched off the kernel is only told once it has reported something nobody asked for any
/// more: mostly it is switched on again before that.
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
    /// Reported once per write to it (edge-triggered), by nothing but the end of wait().
    bool setWakeUp(int descriptor);

    void attach(DescriptorWatch *watch);
    void update(DescriptorWatch *watch);
    void detach(DescriptorWatch *watch);
    /// The watch's descriptor number may stand for another open file by now.
    void renew(DescriptorWatch *watch);

    /// Waits for at most so many milliseconds, -1: without end, until something is pending. Only when nothing
    /// is.
    void wait(int milliseconds);
    bool hasPending() const { return m_position < m_count; }
    /// Activates the next one; false where that has gone or been switched off meanwhile.
    bool activateNext();

private:
    /// What the kernel gives back: a slot and how many times that had been given away then. It outlives the
    /// watch, and a number of a descriptor would be taken again at once.
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
    std::vector<quint64> m_changed; ///< keys of watches that the kernel must hear of
    std::vector<quint64> m_files; ///< keys of those that epoll does not take and that are always ready
    std::array<epoll_event, batch> m_ready;
    int m_position = 0;
    int m_count = 0;
    size_t m_nextFile = 0;
    bool m_complained = false; ///< once is enough
};

} // namespace rookery::net
