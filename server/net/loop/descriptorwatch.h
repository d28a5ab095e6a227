// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <utility>

namespace rookery::net {

/// Tells when one descriptor can be read or written, as a pair of QSocketNotifiers does, but without a
/// QObject and in a few dozen bytes: there is one for every connection.
///
/// It works on the event dispatcher of the thread that makes it, directly where that is an EpollDispatcher
/// and through QSocketNotifiers elsewhere, and lives on that thread. The descriptor must be open as long as
/// it lives.
class DescriptorWatch
{
public:
    enum Event : quint8 {
        Read = 1,
        Write = 2,
        Exception = 4, ///< out-of-band data; only for QSocketNotifiers' sake
    };
    using Events = quint8; ///< of Event, or-ed

    /// What a thread's watches live on.
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
    /// Nothing is asked for at first. Switching off and on again before the thread waits costs no system
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

    /// For good; to be called before the descriptor is closed.
    void stopWatching();

    /// At least one of the events asked for has come; a hang-up or an error of the descriptor counts as all
    /// of them. It may come once too often, so what is done then must not block. The watch, and any other,
    /// may be switched off or deleted inside.
    virtual void descriptorReady(Events events) = 0;

private:
    friend class EpollSet;
    friend class NotifierEngine;

    Engine *m_engine; ///< null after stopWatching(), and once the thread's event dispatcher has gone
    const int m_descriptor;
    // The engine's:
    quint32 m_slot = 0;
    Events m_interest = 0;
    Events m_applied = 0; ///< what the kernel knows of
    bool m_queued = false; ///< for the kernel to be told
};

} // namespace rookery::net
