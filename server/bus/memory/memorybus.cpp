// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/memory/memorybus.h"

#include "server/bus/audience.h"

#include <QHash>
#include <QPointer>
#include <QVarLengthArray>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace rookery::bus {

class MemoryBus::Subscription : public std::enable_shared_from_this<Subscription>
{
public:
    Subscription(QObject *object, HubId number, std::shared_ptr<threads::Postbox> box, Handler handle,
        std::chrono::milliseconds now)
        : key(object)
        , id(number)
        , postbox(std::move(box))
        , renewed(now)
        , subscriber(object)
        , handler(std::move(handle))
    { }

    const QObject *const key; ///< never followed
    const HubId id;
    const std::shared_ptr<threads::Postbox> postbox;

    // Under the bus's lock.
    QHash<QString, int> users; ///< that it is interested in, by id, and how many times
    std::chrono::milliseconds renewed; ///< when the lease was
    bool hasLease = true;
    std::vector<quint32> due; ///< which of the notices that are being published are for it

    std::atomic<qint64> waiting = 0; ///< notices on their way

    // On the subscriber's thread only.
    const QPointer<QObject> subscriber;
    const Handler handler;
    bool over = false;
};

struct MemoryBus::RoomState
{
    struct Interested
    {
        Subscription *hub;
        int times;
    };
    struct Order
    {
        using is_transparent = void;
        using Key = std::pair<QString, HubId>;
        bool operator()(const Present &a, const Present &b) const
        {
            return std::tie(a.user.id, a.hub) < std::tie(b.user.id, b.hub);
        }
        bool operator()(const Present &a, const Key &b) const
        {
            return std::tie(a.user.id, a.hub) < std::tie(b.first, b.second);
        }
        bool operator()(const Key &a, const Present &b) const
        {
            return std::tie(a.first, a.second) < std::tie(b.user.id, b.hub);
        }
    };

    std::vector<Interested> interested;
    std::set<Present, Order> present; ///< also those whose hub has lost its lease

    auto of(const Subscription *hub) { return std::ranges::find(interested, hub, &Interested::hub); }
};

class MemoryBus::Delivery final : public threads::Mail
{
public:
    /// `which` of the notices; empty: all of them.
    Delivery(std::shared_ptr<Subscription> subscription, Notices notices, std::vector<quint32> which)
        : m_subscription(std::move(subscription))
        , m_notices(std::move(notices))
        , m_which(std::move(which))
    {
        m_subscription->waiting += qint64(count());
    }

    void deliver() override
    {
        for (size_t i = 0; i < count(); ++i) {
            --m_subscription->waiting;
            if (m_subscription->over || !m_subscription->subscriber) // perhaps by the notice before
                return;
            m_subscription->handler((*m_notices)[m_which.empty() ? i : m_which[i]]);
        }
    }

private:
    size_t count() const { return m_which.empty() ? m_notices->size() : m_which.size(); }

    std::shared_ptr<Subscription> m_subscription;
    Notices m_notices;
    std::vector<quint32> m_which;
};

MemoryBus::MemoryBus(std::shared_ptr<threads::Postboxes> postboxes, qint64 bound, Clock clock)
    : m_postboxes(std::move(postboxes))
    , m_bound(bound)
    , m_clock(std::move(clock))
{ }

MemoryBus::~MemoryBus() = default;

std::chrono::milliseconds MemoryBus::steadyClock()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
}

void MemoryBus::subscribe(QObject *hub, Handler handler)
{
    auto postbox = m_postboxes->of(hub);
    Q_ASSERT(postbox);
    const std::scoped_lock lock(m_mutex);
    m_subscriptions.push_back(
        std::make_shared<Subscription>(hub, ++m_lastHub, std::move(postbox), std::move(handler), m_clock()));
}

void MemoryBus::unsubscribe(QObject *hub)
{
    const std::scoped_lock lock(m_mutex);
    const auto found = std::ranges::find(m_subscriptions, hub, [](const auto &one) { return one->key; });
    if (found == m_subscriptions.end())
        return;
    const std::shared_ptr<Subscription> ending = *found;
    ending->over = true;
    m_subscriptions.erase(found);
    if (ending->hasLease)
        announce(*ending, false);
    for (auto room = m_rooms.begin(); room != m_rooms.end();) {
        std::erase_if(room->second.interested, [&](const auto &one) { return one.hub == ending.get(); });
        std::erase_if(room->second.present, [&](const Present &one) { return one.hub == ending->id; });
        removeIfUnused(room++);
    }
}

MemoryBus::Subscription *MemoryBus::subscriptionOf(const QObject *hub) const
{
    const auto found = std::ranges::find(m_subscriptions, hub, [](const auto &one) { return one->key; });
    return found == m_subscriptions.end() ? nullptr : found->get();
}

void MemoryBus::post(Subscription &to, const Notices &notices, std::vector<quint32> which)
{
    threads::Mails mails;
    mails.push_back(std::make_unique<Delivery>(to.shared_from_this(), notices, std::move(which)));
    to.postbox->post(std::move(mails));
    if (to.waiting > m_bound)
        m_congested = true;
}

void MemoryBus::publish(std::vector<Notice> notices, const QObject *sayer)
{
    if (notices.empty())
        return;
    const auto shared = std::make_shared<const std::vector<Notice>>(std::move(notices));
    // Posted under the lock, so that later calls do not overtake.
    const std::scoped_lock lock(m_mutex);
    for (size_t i = 0; i < shared->size(); ++i) {
        const auto give = [number = quint32(i)](Subscription &to) {
            if (to.due.empty() || to.due.back() != number)
                to.due.push_back(number);
        };
        const Audience audience = audienceOf((*shared)[i]);
        for (const QString &roomId : audience.rooms) {
            const auto room = m_rooms.find(roomId);
            if (room == m_rooms.end())
                continue;
            for (const RoomState::Interested &interested : room->second.interested)
                give(*interested.hub);
        }
        for (const auto &one : m_subscriptions) {
            const auto isTheirs = [&one](const QString &id) { return one->users.contains(id); };
            if (audience.everybody || std::ranges::any_of(audience.users, isTheirs))
                give(*one);
        }
    }
    for (const auto &one : m_subscriptions) {
        std::vector<quint32> due = std::exchange(one->due, {});
        if (due.empty() || one->key == sayer)
            continue;
        if (due.size() == shared->size())
            due.clear();
        post(*one, shared, std::move(due));
    }
}

void MemoryBus::tellRoom(const RoomState &room, const Subscription *sayer, Notice notice)
{
    Notices shared;
    for (const RoomState::Interested &interested : room.interested) {
        if (interested.hub == sayer)
            continue;
        if (!shared)
            shared = std::make_shared<const std::vector<Notice>>(1, std::move(notice));
        post(*interested.hub, shared);
    }
}

void MemoryBus::listen(QObject *hub, const QString &roomId)
{
    const std::scoped_lock lock(m_mutex);
    Subscription *subscription = subscriptionOf(hub);
    if (!subscription)
        return;
    RoomState &room = m_rooms[roomId];
    if (const auto known = room.of(subscription); known != room.interested.end())
        ++known->times;
    else
        room.interested.push_back({subscription, 1});
    RoomPresence presence{roomId, {}};
    QVarLengthArray<HubId, 4> leftOut{subscription->id};
    for (const auto &one : m_subscriptions) {
        if (!one->hasLease)
            leftOut.append(one->id);
    }
    for (const Present &one : room.present) {
        if (!leftOut.contains(one.hub))
            presence.present.append(one);
    }
    post(*subscription, std::make_shared<const std::vector<Notice>>(1, std::move(presence)));
}

void MemoryBus::ignore(QObject *hub, const QString &roomId)
{
    const std::scoped_lock lock(m_mutex);
    const auto room = m_rooms.find(roomId);
    if (room == m_rooms.end())
        return;
    const auto known = room->second.of(subscriptionOf(hub));
    if (known == room->second.interested.end())
        return;
    if (--known->times == 0)
        room->second.interested.erase(known);
    removeIfUnused(room);
}

void MemoryBus::removeIfUnused(Rooms::iterator room)
{
    if (room->second.interested.empty() && room->second.present.empty())
        m_rooms.erase(room);
}

void MemoryBus::listenToUser(QObject *hub, const QString &userId)
{
    const std::scoped_lock lock(m_mutex);
    if (Subscription *subscription = subscriptionOf(hub))
        ++subscription->users[userId];
}

void MemoryBus::ignoreUser(QObject *hub, const QString &userId)
{
    const std::scoped_lock lock(m_mutex);
    Subscription *subscription = subscriptionOf(hub);
    if (!subscription)
        return;
    const auto known = subscription->users.find(userId);
    if (known != subscription->users.end() && --*known == 0)
        subscription->users.erase(known);
}

void MemoryBus::enter(QObject *hub, const QString &roomId, const User &user, Role role)
{
    const std::scoped_lock lock(m_mutex);
    const Subscription *subscription = subscriptionOf(hub);
    if (!subscription)
        return;
    RoomState &room = m_rooms[roomId];
    const auto known = room.present.find(RoomState::Order::Key(user.id, subscription->id));
    if (known != room.present.end()) {
        auto node = room.present.extract(known);
        node.value().role = role;
        room.present.insert(std::move(node));
        return;
    }
    room.present.insert({user, role, subscription->id});
    if (subscription->hasLease)
        tellRoom(room, subscription, PresenceChanged{roomId, user, role, true, subscription->id});
}

void MemoryBus::leave(QObject *hub, const QString &roomId, const QString &userId)
{
    const std::scoped_lock lock(m_mutex);
    const Subscription *subscription = subscriptionOf(hub);
    const auto room = m_rooms.find(roomId);
    if (!subscription || room == m_rooms.end())
        return;
    const auto known = room->second.present.find(RoomState::Order::Key(userId, subscription->id));
    if (known == room->second.present.end())
        return;
    const Present gone = std::move(room->second.present.extract(known).value());
    if (subscription->hasLease)
        tellRoom(room->second, subscription,
            PresenceChanged{roomId, gone.user, gone.role, false, subscription->id});
    removeIfUnused(room);
}

void MemoryBus::renew(QObject *hub)
{
    const std::scoped_lock lock(m_mutex);
    Subscription *subscription = subscriptionOf(hub);
    if (!subscription)
        return;
    const auto now = m_clock();
    const bool isLate = now - std::exchange(subscription->renewed, now) > leaseTime / 2;
    if (!std::exchange(subscription->hasLease, true))
        announce(*subscription, true);
    // A hub that was stopped does not end the leases of others: the whole process may have been stopped.
    if (!isLate)
        endLeases(now);
}

void MemoryBus::endLeases(std::chrono::milliseconds now)
{
    for (const auto &one : m_subscriptions) {
        if (now - one->renewed > leaseTime && std::exchange(one->hasLease, false))
            announce(*one, false);
    }
}

void MemoryBus::announce(const Subscription &subscription, bool online)
{
    for (const auto &[roomId, room] : m_rooms) {
        for (const Present &one : room.present) {
            if (one.hub == subscription.id)
                tellRoom(room, &subscription,
                    PresenceChanged{roomId, one.user, one.role, online, subscription.id});
        }
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
