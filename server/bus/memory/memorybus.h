// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/audience.h"
#include "server/bus/bus.h"
#include "server/threads/postbox.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace rookery::bus {

/// Hears what a MemoryBus has to tell other processes, for a bus that is built on it. Called under that bus's lock:
/// quick, and never calling it.
class Outside
{
public:
    virtual ~Outside() = default;
    /// The first hub of this process listens to the room. True: it is answered by MemoryBus::answerPresence(), when it
    /// is known who is online there in other processes.
    virtual bool wanted(const QString &roomId) = 0;
    /// The last one does not any more; who is present there in other processes has been forgotten.
    virtual void unwanted(const QString &roomId) = 0;
    /// Of a hub of this process; with `online` also where only the role is another one.
    virtual void presence(const PresenceChanged &change) = 0;
};

/// The bus between the threads of one process: notices go through the postboxes that the store's answers go
/// through as well, so that they keep their order with those. Nothing is lost on the way.
///
/// A hub without a handler stands for one of another process: it hears nothing, and what it says is not told to Outside.
class MemoryBus final : public Bus
{
public:
    /// Milliseconds of any clock that never goes back.
    using Clock = std::function<std::chrono::milliseconds()>;

    /// `bound`: how many notices may be on their way to one hub before the bus is congested.
    explicit MemoryBus(
        std::shared_ptr<threads::Postboxes> postboxes, qint64 bound = 20'000, Clock clock = &steadyClock);
    ~MemoryBus() override;

    /// Not owned, and called until the bus is destroyed. Before the first hub subscribes.
    void setOutside(Outside *outside) { m_outside = outside; }
    /// It is known who is online in the room in other processes: answers the hubs that wait for it, and later ones at
    /// once. Thread-safe.
    void answerPresence(const QString &roomId);
    /// Who is present in the room through this hub; null: through those of this process that have a lease. Thread-safe.
    QList<Present> presentIn(const QString &roomId, const QObject *hub = nullptr) const;
    /// Whether a hub listens to one of these rooms or users, or all of them are to hear it. Thread-safe.
    bool concerns(const Audience &audience) const;
    /// The rooms that some hub listens to. Thread-safe.
    QStringList wantedRooms() const;
    /// Ids of the hubs of this process that have a lease. Thread-safe.
    QList<HubId> leasedHubs() const;

    /// Ends the leases of hubs that have not renewed theirs, as Bus::renew() of another hub does. Thread-safe.
    void endLeases();

    static std::chrono::milliseconds steadyClock();

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

    // All of these under the lock.
    Subscription *subscriptionOf(const QObject *hub) const;
    void post(Subscription &to, const Notices &notices, std::vector<quint32> which = {});
    void tellRoom(const RoomState &room, const Subscription *sayer, Notice notice);
    /// Tells others that everybody who is present through the hub came or went.
    void announce(const Subscription &subscription, bool online);
    void endLeases(std::chrono::milliseconds now);
    void answer(Subscription &to, const QString &roomId, const RoomState &room);
    void removeIfUnused(Rooms::iterator room);
    /// Nobody listens to it any more.
    void forgetOthers(const QString &roomId, RoomState &room);
    void tellOutside(const Subscription &sayer, const PresenceChanged &change);

    const std::shared_ptr<threads::Postboxes> m_postboxes;
    const qint64 m_bound;
    const Clock m_clock;
    mutable std::atomic<bool> m_congested = false; ///< when last looked at
    mutable std::mutex m_mutex;
    std::vector<std::shared_ptr<Subscription>> m_subscriptions;
    Rooms m_rooms; ///< that somebody is interested or present in
    HubId m_lastHub = 0;
    Outside *m_outside = nullptr;
};

} // namespace rookery::bus
