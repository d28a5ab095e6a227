// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/memory/memorybus.h"

#include <QPointer>

#include <algorithm>

namespace rookery::bus {

class MemoryBus::Subscription
{
public:
    Subscription(QObject *object, std::shared_ptr<threads::Postbox> box, Handler handle)
        : key(object)
        , postbox(std::move(box))
        , subscriber(object)
        , handler(std::move(handle))
    { }

    const QObject *const key; ///< never followed
    const std::shared_ptr<threads::Postbox> postbox;

    std::atomic<qint64> waiting = 0; ///< notices on their way

    // On the subscriber's thread only.
    const QPointer<QObject> subscriber;
    const Handler handler;
    bool over = false;
};

class MemoryBus::Delivery final : public threads::Mail
{
public:
    using Notices = std::shared_ptr<const std::vector<Notice>>;

    Delivery(std::shared_ptr<Subscription> subscription, Notices notices)
        : m_subscription(std::move(subscription))
        , m_notices(std::move(notices))
    {
        m_subscription->waiting += qint64(m_notices->size());
    }

    void deliver() override
    {
        for (const Notice &notice : *m_notices) {
            --m_subscription->waiting;
            if (m_subscription->over || !m_subscription->subscriber) // perhaps by the notice before
                return;
            m_subscription->handler(notice);
        }
    }

private:
    std::shared_ptr<Subscription> m_subscription;
    Notices m_notices;
};

MemoryBus::MemoryBus(std::shared_ptr<threads::Postboxes> postboxes, qint64 bound)
    : m_postboxes(std::move(postboxes))
    , m_bound(bound)
{ }

void MemoryBus::subscribe(QObject *subscriber, Handler handler)
{
    auto postbox = m_postboxes->of(subscriber);
    Q_ASSERT(postbox);
    auto subscription = std::make_shared<Subscription>(subscriber, std::move(postbox), std::move(handler));
    const std::scoped_lock lock(m_mutex);
    m_subscriptions.push_back(std::move(subscription));
}

void MemoryBus::unsubscribe(QObject *subscriber)
{
    const std::scoped_lock lock(m_mutex);
    std::erase_if(m_subscriptions, [subscriber](const auto &subscription) {
        const bool ends = subscription->key == subscriber;
        if (ends)
            subscription->over = true;
        return ends;
    });
}

void MemoryBus::publish(std::vector<Notice> notices, const QObject *sayer)
{
    if (notices.empty())
        return;
    const auto shared = std::make_shared<const std::vector<Notice>>(std::move(notices));
    // Posted under the lock: whoever publishes later must not overtake.
    const std::scoped_lock lock(m_mutex);
    for (const auto &subscription : m_subscriptions) {
        if (subscription->key == sayer)
            continue;
        threads::Mails mails;
        mails.push_back(std::make_unique<Delivery>(subscription, shared));
        subscription->postbox->post(std::move(mails));
        if (subscription->waiting > m_bound)
            m_congested = true;
    }
}

bool MemoryBus::isCongested() const
{
    if (!m_congested)
        return false;
    const std::scoped_lock lock(m_mutex);
    m_congested = std::ranges::any_of(
        m_subscriptions, [this](const auto &subscription) { return subscription->waiting > m_bound; });
    return m_congested;
}

} // namespace rookery::bus
