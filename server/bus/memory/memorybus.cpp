// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/memory/memorybus.h"

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

    bool isOfAnother() const { return !handler; }

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
        int waiting = 0; ///< how many of the calls have not been answered yet
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
    bool isKnown = true; ///< who is present in other processes

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
        RoomState &state = room->second;
        std::erase_if(state.present, [&](const Present &one) { return one.hub == ending->id; });
        const auto ended =
            std::erase_if(state.interested, [&](const auto &one) { return one.hub == ending.get(); });
        if (ended > 0 && state.interested.empty())
            forgetOthers(room->first, state);
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
            if (one->isOfAnother())
                continue;
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
    if (!room.isKnown)
        return; // the answer that they wait for tells them
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
    if (m_outside && room.interested.empty())
        room.isKnown = !m_outside->wanted(roomId);
    auto known = room.of(subscription);
    if (known != room.interested.end())
        ++known->times;
    else
        known = room.interested.insert(known, {subscription, 1});
    if (room.isKnown)
        answer(*subscription, roomId, room);
    else
        ++known->waiting;
}

void MemoryBus::answerPresence(const QString &roomId)
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_rooms.find(roomId);
    if (found == m_rooms.end())
        return;
    RoomState &room = found->second;
    room.isKnown = true;
    for (RoomState::Interested &one : room.interested) {
        for (int calls = std::exchange(one.waiting, 0); calls > 0; --calls)
            answer(*one.hub, roomId, room);
    }
}

void MemoryBus::answer(Subscription &to, const QString &roomId, const RoomState &room)
{
    RoomPresence presence{roomId, {}};
    QVarLengthArray<HubId, 4> leftOut{to.id};
    for (const auto &one : m_subscriptions) {
        if (!one->hasLease)
            leftOut.append(one->id);
    }
    for (const Present &one : room.present) {
        if (!leftOut.contains(one.hub))
            presence.present.append(one);
    }
    post(to, std::make_shared<const std::vector<Notice>>(1, std::move(presence)));
}

QList<Present> MemoryBus::presentIn(const QString &roomId, const QObject *hub) const
{
    const std::scoped_lock lock(m_mutex);
    QList<Present> present;
    const auto room = m_rooms.find(roomId);
    if (room == m_rooms.end())
        return present;
    QVarLengthArray<HubId, 8> hubs;
    for (const auto &one : m_subscriptions) {
        if (hub ? one->key == hub : !one->isOfAnother() && one->hasLease)
            hubs.append(one->id);
    }
    for (const Present &one : room->second.present) {
        if (hubs.contains(one.hub))
            present.append(one);
    }
    return present;
}

bool MemoryBus::concerns(const Audience &audience) const
{
    if (audience.everybody)
        return true;
    const std::scoped_lock lock(m_mutex);
    for (const QString &roomId : audience.rooms) {
        const auto room = m_rooms.find(roomId);
        if (room != m_rooms.end() && !room->second.interested.empty())
            return true;
    }
    return std::ranges::any_of(audience.users, [this](const QString &user) {
        return std::ranges::any_of(
            m_subscriptions, [&user](const auto &one) { return one->users.contains(user); });
    });
}

QStringList MemoryBus::wantedRooms() const
{
    const std::scoped_lock lock(m_mutex);
    QStringList rooms;
    for (const auto &[roomId, room] : m_rooms) {
        if (!room.interested.empty())
            rooms.append(roomId);
    }
    return rooms;
}

QList<HubId> MemoryBus::leasedHubs() const
{
    const std::scoped_lock lock(m_mutex);
    QList<HubId> hubs;
    for (const auto &one : m_subscriptions) {
        if (!one->isOfAnother() && one->hasLease)
            hubs.append(one->id);
    }
    return hubs;
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
    if (--known->times == 0) {
        for (; known->waiting > 0; --known->waiting)
            answer(*known->hub, roomId, room->second);
        room->second.interested.erase(known);
        if (room->second.interested.empty())
            forgetOthers(roomId, room->second);
    }
    removeIfUnused(room);
}

void MemoryBus::removeIfUnused(Rooms::iterator room)
{
    if (room->second.interested.empty() && room->second.present.empty())
        m_rooms.erase(room);
}

void MemoryBus::forgetOthers(const QString &roomId, RoomState &room)
{
    if (!m_outside)
        return;
    m_outside->unwanted(roomId);
    QVarLengthArray<HubId, 8> ours;
    for (const auto &one : m_subscriptions) {
        if (!one->isOfAnother())
            ours.append(one->id);
    }
    std::erase_if(room.present, [&ours](const Present &one) { return !ours.contains(one.hub); });
}

void MemoryBus::tellOutside(const Subscription &sayer, const PresenceChanged &change)
{
    if (m_outside && !sayer.isOfAnother())
        m_outside->presence(change);
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
    // Who is present elsewhere is kept only where somebody listens; it may be said when nobody does any more.
    if (const auto listened = m_rooms.find(roomId);
        subscription->isOfAnother() && (listened == m_rooms.end() || listened->second.interested.empty()))
        return;
    RoomState &room = m_rooms[roomId];
    const auto known = room.present.find(RoomState::Order::Key(user.id, subscription->id));
    if (known != room.present.end()) {
        auto node = room.present.extract(known);
        const bool isAnother = std::exchange(node.value().role, role) != role;
        room.present.insert(std::move(node));
        if (isAnother && subscription->hasLease)
            tellOutside(*subscription, {roomId, user, role, true, subscription->id});
        return;
    }
    room.present.insert({user, role, subscription->id});
    if (!subscription->hasLease)
        return;
    const PresenceChanged change{roomId, user, role, true, subscription->id};
    tellOutside(*subscription, change);
    tellRoom(room, subscription, change);
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
    if (subscription->hasLease) {
        const PresenceChanged change{roomId, gone.user, gone.role, false, subscription->id};
        tellOutside(*subscription, change);
        tellRoom(room->second, subscription, change);
    }
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

void MemoryBus::endLeases()
{
    const std::scoped_lock lock(m_mutex);
    endLeases(m_clock());
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
            if (one.hub != subscription.id)
                continue;
            const PresenceChanged change{roomId, one.user, one.role, online, subscription.id};
            tellOutside(subscription, change);
            tellRoom(room, &subscription, change);
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
