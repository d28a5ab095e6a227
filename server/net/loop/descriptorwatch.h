// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <utility>

namespace rookery::net {

/// Reports when one descriptor is readable or writable, like a pair of QSocketNotifiers, but without a
/// QObject and in a few dozen bytes: there is one per connection.
///
/// It works on the event dispatcher of the thread that creates it, and lives on that thread: directly on an
/// EpollDispatcher, through QSocketNotifiers on any other. The descriptor must stay open during its lifetime.
class DescriptorWatch
{
public:
    enum Event : quint8 {
        Read = 1,
        Write = 2,
        Exception = 4, ///< out-of-band data; only for QSocketNotifier
    };
    using Events = quint8; ///< Event flags

    /// The per-thread backend of the watches.
    class Engine
    {
    public:
        virtual void attach(DescriptorWatch *watch) = 0;
        /// interest() has changed.
        virtual void update(DescriptorWatch *watch) = 0;
        virtual void detach(DescriptorWatch *watch) = 0;

    protected:
        ~Engine() = default;
    };

    DescriptorWatch(const DescriptorWatch &) = delete;
    DescriptorWatch &operator=(const DescriptorWatch &) = delete;

    int descriptor() const { return m_descriptor; }
    Events interest() const { return m_interest; }
    /// Nothing is enabled at first. Disabling and enabling again before the thread waits costs no system
    /// call.
    void setInterest(Events events);
    void setInterest(Event event, bool on)
    {
        setInterest(Events(on ? m_interest | event : m_interest & ~event));
    }

protected:
    explicit DescriptorWatch(int descriptor);
    DescriptorWatch(int descriptor, Engine *engine);
    virtual ~DescriptorWatch();

    /// Permanent; must be called before the descriptor is closed.
    void stopWatching();

    /// At least one of the enabled events has occurred; a hang-up or an error counts as all of them. Spurious
    /// calls are possible, so the handler must not block. It may disable or delete this watch or any other.
    virtual void descriptorReady(Events events) = 0;

private:
    friend class EpollSet;
    friend class NotifierEngine;

    Engine *m_engine; ///< null after stopWatching(), and once the thread's event dispatcher is destroyed
    const int m_descriptor;
    // Used by the engine:
    quint32 m_slot = 0;
    Events m_interest = 0;
    Events m_applied = 0; ///< registered with the kernel
    bool m_queued = false; ///< queued for registration
};

} // namespace rookery::net
