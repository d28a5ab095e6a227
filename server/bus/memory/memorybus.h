// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/bus.h"
#include "server/threads/postbox.h"

#include <atomic>
#include <mutex>

namespace rookery::bus {

/// The bus between the threads of one process: notices go through the postboxes that the store's answers go
/// through as well, so that they keep their order with those.
class MemoryBus final : public Bus
{
public:
    /// `bound`: how many notices may be on their way to one subscriber before the bus is congested.
    explicit MemoryBus(std::shared_ptr<threads::Postboxes> postboxes, qint64 bound = 20'000);

    void subscribe(QObject *subscriber, Handler handler) override;
    void unsubscribe(QObject *subscriber) override;
    void publish(std::vector<Notice> notices, const QObject *sayer = nullptr) override;
    bool isCongested() const override;

private:
    class Subscription;
    class Delivery;

    std::shared_ptr<threads::Postboxes> m_postboxes;
    const qint64 m_bound;
    mutable std::atomic<bool> m_congested = false; ///< when last looked at
    mutable std::mutex m_mutex;
    std::vector<std::shared_ptr<Subscription>> m_subscriptions;
};

} // namespace rookery::bus
