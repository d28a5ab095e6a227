// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/loop/descriptorwatch.h"
#include "server/net/loop/epollset.h"
#include "server/net/loop/timerqueue.h"

#include <QAbstractEventDispatcher>

#include <atomic>
#include <memory>
#include <unordered_map>

namespace rookery::net {

/// An event dispatcher for Linux. Unlike that of Qt's own, its cost does not grow with the number of watched
/// descriptors.
///
/// Each turn delivers posted events, then descriptor events, then timers; none of them can starve the others.
/// Events that another thread posted before a byte arrived are delivered before that byte is read.
///
/// A disabled socket notifier that is the only one on its descriptor is removed from epoll at once, since the
/// descriptor may be closed next. Other changes wait for the end of the turn (see EpollSet).
///
/// Thread: wakeUp() and interrupt() on any, the rest on its own. Everything done before a call of wakeUp()
/// happens-before everything done after the next event.
class EpollDispatcher final : public QAbstractEventDispatcher, public DescriptorWatch::Engine
{
    Q_OBJECT
public:
    /// nullptr if the kernel refuses the descriptors it needs.
    static std::unique_ptr<EpollDispatcher> make();
    ~EpollDispatcher() override;

    bool processEvents(QEventLoop::ProcessEventsFlags flags) override;

    void registerSocketNotifier(QSocketNotifier *notifier) override;
    void unregisterSocketNotifier(QSocketNotifier *notifier) override;

    using QAbstractEventDispatcher::registerTimer;
    void registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object) override;
    bool unregisterTimer(int timerId) override;
    bool unregisterTimers(QObject *object) override;
    QList<TimerInfo> registeredTimers(QObject *object) const override;
    int remainingTime(int timerId) override;

    void wakeUp() override;
    void interrupt() override;

    // DescriptorWatch::Engine
    void attach(DescriptorWatch *watch) override { m_set.attach(watch); }
    void update(DescriptorWatch *watch) override { m_set.update(watch); }
    void detach(DescriptorWatch *watch) override { m_set.detach(watch); }

private:
    class Notifiers;

    explicit EpollDispatcher(int wakeUpDescriptor);

    bool isOnItsThread(const char *what) const;
    bool deliverWhatOthersPosted();
    int activateSockets();
    int waitingTime(bool mayWait, bool timers) const;
    void waitWithoutSockets(int milliseconds);

    EpollSet m_set;
    TimerQueue m_timers;
    std::unordered_map<int, std::unique_ptr<Notifiers>> m_notifiers; ///< by descriptor
    const int m_wakeUpDescriptor;
    /// The dispatcher's own thread, which needs no descriptor to wake itself.
    std::atomic<Qt::HANDLE> m_ownThread = nullptr;
    std::atomic<bool> m_wokenByOthers = false;
    bool m_wokenByItself = false; ///< accessed only on its own thread
    std::atomic<unsigned> m_interruptions = 0;
    std::atomic<unsigned> m_writes = 0; ///< to m_wakeUpDescriptor
};

} // namespace rookery::net
