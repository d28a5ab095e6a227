// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/epolldispatcher.h"

#include <QCoreApplication>
#include <QEvent>
#include <QSocketNotifier>
#include <QThread>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace rookery::net {

/// The socket notifiers of one descriptor, at most one of each type. Kept when they are gone: the next
/// descriptor with that number will need it.
class EpollDispatcher::Notifiers final : public DescriptorWatch
{
public:
    Notifiers(int descriptor, EpollDispatcher *dispatcher)
        : DescriptorWatch(descriptor, dispatcher)
        , m_dispatcher(dispatcher)
    { }

    void add(QSocketNotifier *notifier)
    {
        QSocketNotifier *&place = m_all[size_t(notifier->type())];
        if (place && place != notifier) {
            qWarning("Two socket notifiers of one type on the descriptor %d: the first one is dropped.",
                descriptor());
            m_dispatcher->m_set.renew(this);
            ++m_generation;
        }
        place = notifier;
        setInterest(eventOf(notifier->type()), true);
    }

    /// False: it is another notifier.
    bool remove(QSocketNotifier *notifier)
    {
        QSocketNotifier *&place = m_all[size_t(notifier->type())];
        if (place != notifier)
            return false;
        place = nullptr;
        setInterest(eventOf(notifier->type()), false);
        if (interest() == 0) {
            m_dispatcher->m_set.renew(this);
            ++m_generation;
        }
        return true;
    }

private:
    static Event eventOf(QSocketNotifier::Type type)
    {
        switch (type) {
        case QSocketNotifier::Read:
            return Read;
        case QSocketNotifier::Write:
            return Write;
        case QSocketNotifier::Exception:
            break;
        }
        return Exception;
    }

    void descriptorReady(Events events) override
    {
        const quint64 generation = m_generation;
        for (const auto type : {QSocketNotifier::Read, QSocketNotifier::Write, QSocketNotifier::Exception}) {
            QSocketNotifier *const notifier = m_all[size_t(type)];
            if (!(events & eventOf(type)) || !notifier)
                continue;
            QEvent event(QEvent::SockAct);
            QCoreApplication::sendEvent(notifier, &event);
            if (generation != m_generation)
                return; // the descriptor refers to another open file now
        }
    }

    EpollDispatcher *const m_dispatcher;
    std::array<QSocketNotifier *, 3> m_all{};
    quint64 m_generation = 0;
};

std::unique_ptr<EpollDispatcher> EpollDispatcher::make()
{
    const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0)
        return nullptr;
    std::unique_ptr<EpollDispatcher> dispatcher(new EpollDispatcher(descriptor));
    if (!dispatcher->m_set.isValid() || !dispatcher->m_set.setWakeUp(descriptor))
        return nullptr;
    return dispatcher;
}

EpollDispatcher::EpollDispatcher(int wakeUpDescriptor)
    : m_wakeUpDescriptor(wakeUpDescriptor)
{ }

EpollDispatcher::~EpollDispatcher()
{
    m_notifiers.clear();
    // No thread may be inside wakeUp() any more. Posters must ensure that, as Postboxes::close() does,
    // because QCoreApplication::postEvent() calls wakeUp() after releasing its lock. The load below makes
    // this order visible to sanitizers.
    m_writes.load(std::memory_order_acquire);
    ::close(m_wakeUpDescriptor);
}

bool EpollDispatcher::processEvents(QEventLoop::ProcessEventsFlags flags)
{
    const bool timers = !(flags & QEventLoop::X11ExcludeTimers);
    const bool sockets = !(flags & QEventLoop::ExcludeSocketNotifiers);
    m_ownThread.store(QThread::currentThreadId(), std::memory_order_relaxed);
    const unsigned interruptions = m_interruptions.load(std::memory_order_acquire);
    const auto interrupted = [&] { return m_interruptions.load(std::memory_order_acquire) != interruptions; };
    const auto posted = [this] { return m_wokenByItself || m_wokenByOthers.load(std::memory_order_acquire); };

    Q_EMIT awake();
    const bool wokenByItself = std::exchange(m_wokenByItself, false);
    const bool wokenByOthers = m_wokenByOthers.exchange(false, std::memory_order_acq_rel);
    int handled = wokenByItself || wokenByOthers ? 1 : 0;
    QCoreApplication::sendPostedEvents();

    // A caller with its own loop wants control back after each event. QEventLoop does not: it only needs to
    // notice interrupt(), which another thread may have called before this turn began.
    const bool waitsAnyhow = (flags & QEventLoop::EventLoopExec) && !wokenByOthers;
    bool mayWait = (flags & QEventLoop::WaitForMoreEvents) && !interrupted() && !posted()
        && (handled == 0 || waitsAnyhow);
    if (mayWait) {
        Q_EMIT aboutToBlock(); // receivers may post, too
        mayWait = !posted();
    }
    if (interrupted())
        return false;

    if (!sockets) {
        waitWithoutSockets(waitingTime(mayWait, timers));
        handled += deliverWhatOthersPosted();
    } else {
        // In a nested call, the rest of the last batch comes first.
        if (!m_set.hasPending())
            m_set.wait(waitingTime(mayWait, timers));
        handled += deliverWhatOthersPosted();
        handled += activateSockets();
    }
    if (timers)
        handled += m_timers.activate(TimerQueue::Clock::now());
    return handled > 0 || posted();
}

int EpollDispatcher::waitingTime(bool mayWait, bool timers) const
{
    if (!mayWait)
        return 0;
    const auto first = timers ? m_timers.untilFirst(TimerQueue::Clock::now()) : std::nullopt;
    if (!first)
        return -1;
    return int(std::min<qint64>(first->count(), std::numeric_limits<int>::max()));
}

int EpollDispatcher::activateSockets()
{
    int handled = 0;
    while (m_set.hasPending()) {
        handled += deliverWhatOthersPosted();
        handled += m_set.activateNext();
    }
    return handled;
}

/// The wake-up descriptor is registered edge-triggered with EpollSet and never read there. So here the bytes
/// written so far must be read first, and then the reason for them checked.
void EpollDispatcher::waitWithoutSockets(int milliseconds)
{
    eventfd_t count = 0;
    ::eventfd_read(m_wakeUpDescriptor, &count);
    if (milliseconds == 0 || m_wokenByOthers.load(std::memory_order_acquire))
        return;
    pollfd descriptor{m_wakeUpDescriptor, POLLIN, 0};
    ::poll(&descriptor, 1, milliseconds);
}

bool EpollDispatcher::deliverWhatOthersPosted()
{
    if (!m_wokenByOthers.load(std::memory_order_relaxed)
        || !m_wokenByOthers.exchange(false, std::memory_order_acq_rel))
        return false;
    m_wokenByItself = false;
    QCoreApplication::sendPostedEvents();
    return true;
}

void EpollDispatcher::wakeUp()
{
    if (m_ownThread.load(std::memory_order_relaxed) == QThread::currentThreadId()) {
        m_wokenByItself = true;
        return;
    }
    if (!m_wokenByOthers.exchange(true, std::memory_order_acq_rel)) {
        ::eventfd_write(m_wakeUpDescriptor, 1);
        m_writes.fetch_add(1, std::memory_order_release);
    }
}

void EpollDispatcher::interrupt()
{
    m_interruptions.fetch_add(1, std::memory_order_release);
    wakeUp();
}

bool EpollDispatcher::isOnItsThread(const char *what) const
{
    if (thread() == QThread::currentThread())
        return true;
    qWarning("%s cannot be switched on or off from another thread.", what);
    return false;
}

void EpollDispatcher::registerSocketNotifier(QSocketNotifier *notifier)
{
    if (!isOnItsThread("Socket notifiers"))
        return;
    const int descriptor = int(notifier->socket());
    auto &place = m_notifiers[descriptor];
    if (!place)
        place = std::make_unique<Notifiers>(descriptor, this);
    place->add(notifier);
}

void EpollDispatcher::unregisterSocketNotifier(QSocketNotifier *notifier)
{
    if (!isOnItsThread("Socket notifiers"))
        return;
    const auto found = m_notifiers.find(int(notifier->socket()));
    if (found != m_notifiers.end())
        found->second->remove(notifier);
}

void EpollDispatcher::registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object)
{
    if (timerId < 1 || interval < 0 || !object) {
        qWarning("A timer with invalid arguments was not started.");
        return;
    }
    if (isOnItsThread("Timers"))
        m_timers.add(
            timerId, std::chrono::milliseconds(interval), timerType, object, TimerQueue::Clock::now());
}

bool EpollDispatcher::unregisterTimer(int timerId)
{
    return isOnItsThread("Timers") && m_timers.remove(timerId);
}

bool EpollDispatcher::unregisterTimers(QObject *object)
{
    return isOnItsThread("Timers") && m_timers.removeAll(object);
}

QList<QAbstractEventDispatcher::TimerInfo> EpollDispatcher::registeredTimers(QObject *object) const
{
    return m_timers.timersOf(object);
}

int EpollDispatcher::remainingTime(int timerId)
{
    const auto left = m_timers.remaining(timerId, TimerQueue::Clock::now());
    return left ? int(std::min<qint64>(left->count(), std::numeric_limits<int>::max())) : -1;
}

} // namespace rookery::net
