#pragma once

#include <QHash>
#include <QMutex>
#include <QObject>

#include <memory>
#include <vector>

class QThread;

namespace rookery::store {

class Job;

/// The way of answers from the database threads to one thread that asks.
///
/// An event cannot be posted to the context itself: it may be destroyed on its own thread at that very
/// moment. A postbox lives on the context's thread as well, but is kept alive by whoever may still post to
/// it; the context is looked at only on that thread, by Job::deliver(). Answers arrive in the order they were
/// posted in.
class Postbox : public QObject
{
    Q_OBJECT
public:
    /// On any thread; the box then lives on `thread`.
    static std::shared_ptr<Postbox> create(QThread *thread);

    /// Thread-safe. Jobs are delivered by the event loop of the box's thread; where that thread has none any
    /// more they are thrown away with it.
    void post(std::vector<std::unique_ptr<Job>> jobs);

    bool event(QEvent *event) override;

private:
    struct Mail;
    Postbox();
    ~Postbox() override;

    std::shared_ptr<Mail> m_mail; ///< shared: a delivery may end in the destruction of its postbox
};

/// One postbox per thread that has asked. Thread-safe.
class Postboxes
{
public:
    /// Of the thread that the context lives on; nothing where there is no context or it lives on none.
    std::shared_ptr<Postbox> of(const QObject *context);

private:
    QMutex m_mutex;
    QHash<QThread *, std::shared_ptr<Postbox>> m_byThread;
};

} // namespace rookery::store
