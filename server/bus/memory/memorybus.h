// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/bus.h"
#include "server/threads/postbox.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace rookery::bus {

/// The bus between the threads of one process: notices go through the postboxes that the store's answers go
/// through as well, so that they keep their order with those. Nothing is lost on the way.
class MemoryBus final : public Bus
{
public:
    /// Milliseconds of any clock that never goes back.
    using Clock = std::function<std::chrono::milliseconds()>;

    /// `bound`: how many notices may be on their way to one hub before the bus is congested.
    explicit MemoryBus(
        std::shared_ptr<threads::Postboxes> postboxes, qint64 bound = 20'000, Clock clock = &steadyClock);
    ~MemoryBus() override;

    void subscribe(QObject *hub, Handler handler) override;
    void unsubscribe(QObject *hub) override;
    void publish(std::vector<Notice> notices, const QObject *sayer = nullptr) override;
    void listen(QObject *hub, const QString &roomId) override;
    void ignore(QObject *hub, const QString &roomId) override;
    void listenToUser(QObject *hub, const QString &userId) override;
    void ignoreUser(QObject *hub, const QString &userId) override;
    void enter(QObject *hub, const QString &roomId, const User &user, Role role) override;
    void leave(QObject *hub, const QString &roomId, const QString &userId) override;
    void renew(QObject *hub) override;
    bool isCongested() const override;

private:
    class Subscription;
    class Delivery;
    struct RoomState;
    using Notices = std::shared_ptr<const std::vector<Notice>>;
    using Rooms = std::unordered_map<QString, RoomState>;

    static std::chrono::milliseconds steadyClock();

    // All of these under the lock.
    Subscription *subscriptionOf(const QObject *hub) const;
    void post(Subscription &to, const Notices &notices, std::vector<quint32> which = {});
    void tellRoom(const RoomState &room, const Subscription *sayer, Notice notice);
    /// Tells others that everybody who is present through the hub came or went.
    void announce(const Subscription &subscription, bool online);
    void endLeases(std::chrono::milliseconds now);
    void removeIfUnused(Rooms::iterator room);

    const std::shared_ptr<threads::Postboxes> m_postboxes;
    const qint64 m_bound;
    const Clock m_clock;
    mutable std::atomic<bool> m_congested = false; ///< when last looked at
    mutable std::mutex m_mutex;
    std::vector<std::shared_ptr<Subscription>> m_subscriptions;
    Rooms m_rooms; ///< that somebody is interested or present in
    HubId m_lastHub = 0;
};

} // namespace rookery::bus
