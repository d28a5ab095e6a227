// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>

#include <memory>
#include <mutex>
#include <vector>

class QThread;

namespace rookery::threads {

/// Something that is delivered on another thread. Made on one, delivered and destroyed on the other, or
/// destroyed undelivered where the other is gone.
class Mail
{
public:
    Mail() = default;
    Mail(const Mail &) = delete;
    Mail &operator=(const Mail &) = delete;
    virtual ~Mail() = default;

    virtual void deliver() = 0;
};

using Mails = std::vector<std::unique_ptr<Mail>>;

/// The way to one thread.
///
/// An event cannot be posted to the receiver itself: it may be destroyed on its own thread at that very
/// moment. A postbox lives on the receiver's thread as well, but is kept alive by whoever may still post to
/// it; the receiver is looked at only on that thread, by Mail::deliver(). Mails arrive in the order they were
/// posted in.
class Postbox : public QObject, public std::enable_shared_from_this<Postbox>
{
    Q_OBJECT
public:
    /// On any thread; the box then lives on `thread`.
    static std::shared_ptr<Postbox> create(QThread *thread);

    /// Thread-safe. Mails are delivered by the event loop of the box's thread; where that thread has none any
    /// more they are thrown away with it.
    void post(Mails mails);

    bool event(QEvent *event) override;

private:
    friend class OneWakeUp;
    friend class Postboxes;
    struct Letters;
    Postbox();
    ~Postbox() override;

    void wake();
    void close();

    std::shared_ptr<Letters> m_letters; ///< shared: a delivery may end in the destruction of its postbox
};

/// While it lives, what its thread posts wakes nobody; at its end each thread that was written to is woken
/// once. For short sections that post several times. Inside another one it does nothing.
class OneWakeUp
{
public:
    OneWakeUp();
    OneWakeUp(const OneWakeUp &) = delete;
    OneWakeUp &operator=(const OneWakeUp &) = delete;
    ~OneWakeUp();

private:
    friend class Postbox;
    static thread_local OneWakeUp *current;

    std::vector<std::shared_ptr<Postbox>> m_asleep;
};

/// One postbox per thread that is written to. Thread-safe. To outlive every thread that has a box here.
class Postboxes
{
public:
    /// Of the thread that the object lives on; nothing where there is no object or it lives on none.
    std::shared_ptr<Postbox> of(const QObject *object);
    /// By the current thread when it is about to end: its box wakes it no more. QCoreApplication::postEvent()
    /// wakes a thread's event dispatcher without a lock, which would then perhaps be destroyed already.
    void close();

private:
    std::mutex m_mutex;
    QHash<QThread *, std::shared_ptr<Postbox>> m_byThread;
};

} // namespace rookery::threads
