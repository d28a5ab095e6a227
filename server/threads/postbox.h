// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>

#include <memory>
#include <mutex>
#include <vector>

class QThread;

namespace rookery::threads {

/// Something that is delivered on another thread. Created on the sender's thread; delivered and destroyed on
/// the receiver's, or destroyed undelivered if that thread is gone.
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

/// A message queue to one thread.
///
/// An event cannot be posted to the receiver itself, because the receiver may be destroyed on its own thread
/// at that moment. A postbox lives on the receiver's thread too, but is kept alive by everyone who may still
/// post to it. The receiver is accessed only on its own thread, by Mail::deliver(). Mails arrive in the order
/// in which they were posted.
class Postbox : public QObject, public std::enable_shared_from_this<Postbox>
{
    Q_OBJECT
public:
    /// On any thread; the box then lives on `thread`.
    static std::shared_ptr<Postbox> create(QThread *thread);

    /// Thread-safe. Mails are delivered by the event loop of the box's thread. If that thread no longer has
    /// one, they are discarded with the box.
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

/// While it lives, posts from its thread wake no receiver; its destructor wakes each of them once. For short
/// sections that post several times. A nested one has no effect.
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

/// One postbox per receiving thread. Thread-safe. Must outlive every thread that has a box here.
class Postboxes
{
public:
    /// The box of the thread that the object lives on; nullptr without an object or a thread.
    std::shared_ptr<Postbox> of(const QObject *object);
    /// Called by the current thread when it is about to end: its box no longer wakes it.
    /// QCoreApplication::postEvent() wakes a thread's event dispatcher without a lock, and the dispatcher
    /// might be destroyed already.
    void close();

private:
    std::mutex m_mutex;
    QHash<QThread *, std::shared_ptr<Postbox>> m_byThread;
};

} // namespace rookery::threads
