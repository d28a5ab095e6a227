#include "server/core/hub.h"

#include <QThread>

#include <algorithm>
#include <utility>

namespace rookery::core {

Hub::Hub(bus::Bus *bus, QObject *parent)
    : QObject(parent)
    , m_bus(bus)
{
    if (m_bus)
        m_bus->subscribe(this, [this](const bus::Notice &notice) { hear(notice); });
}

Hub::~Hub()
{
    if (m_bus)
        m_bus->unsubscribe(this);
}

void Hub::hear(const bus::Notice &notice)
{
    std::visit([this](const auto &kind) { take(kind); }, notice);
}

void Hub::say(bus::Notice notice)
{
    if (!m_bus)
        return;
    std::vector<bus::Notice> notices;
    notices.push_back(std::move(notice));
    m_bus->publish(std::move(notices), this);
}

void Hub::take(const bus::EventCommitted &notice)
{
    publish(Broadcast(notice.event, notice.room));
}

void Hub::take(const bus::MembershipChanged &notice)
{
    applyMembership(notice.room, notice.user, notice.member);
}

void Hub::take(const bus::SessionEnded &notice)
{
    applyEnd(notice.sessionId, notice.reason);
}

void Hub::take(const bus::PresenceChanged &notice)
{
    Channel &channel = channelOf(notice.roomId);
    Presence &presence = channel.online[notice.user.id];
    const bool before = presence.listeners + presence.otherHubs > 0;
    presence.otherHubs += notice.online ? 1 : -1;
    if (!before) {
        presence.user = notice.user;
        presence.member = notice.member;
    }
    const bool after = presence.listeners + presence.otherHubs > 0;
    const Member member{presence.user, presence.member, after};
    if (!after)
        channel.online.remove(notice.user.id);
    if (before != after)
        tellMembers(notice.roomId, member, false);
    compact(notice.roomId);
}

void Hub::addSession(SessionListener *session)
{
    Q_ASSERT(thread() == QThread::currentThread());
    m_sessions.insert(session);
    m_sessionsOfUser[session->user().id].insert(session);
}

void Hub::removeSession(SessionListener *session)
{
    if (!m_sessions.remove(session))
        return;
    const auto found = m_sessionsOfUser.find(session->user().id);
    found->remove(session);
    if (found->isEmpty())
        m_sessionsOfUser.erase(found);
}

Hub::Channel &Hub::channelOf(const QString &roomId)
{
    auto &channel = m_channels[roomId];
    if (!channel)
        channel = std::make_unique<Channel>();
    return *channel;
}

void Hub::addListener(const QString &roomId, RoomListener *listener)
{
    Q_ASSERT(thread() == QThread::currentThread());
    Channel &channel = channelOf(roomId);
    channel.listeners.push_back(listener);
    if (listener->hearsMembers())
        channel.membersListeners.push_back(listener);

    const User user = listener->user();
    Presence &presence = channel.online[user.id];
    const bool firstHere = presence.listeners++ == 0;
    presence.user = user;
    presence.member = listener->isMember();
    if (!firstHere)
        return;
    const Member member{user, presence.member, true};
    const bool first = presence.otherHubs == 0;
    say(bus::PresenceChanged{roomId, user, member.member, true});
    if (first)
        tellMembers(roomId, member, false);
}

void Hub::removeListener(const QString &roomId, RoomListener *listener)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end())
        return;
    Channel &channel = *found->second;
    const auto place = std::find(channel.listeners.begin(), channel.listeners.end(), listener);
    if (place == channel.listeners.end())
        return;
    *place = nullptr;
    std::ranges::replace(channel.membersListeners, listener, nullptr);
    channel.holes = true;

    const User user = listener->user();
    const auto presence = channel.online.find(user.id);
    if (--presence->listeners == 0) {
        const Member member{user, presence->member, false};
        const bool last = presence->otherHubs == 0;
        if (last)
            channel.online.erase(presence);
        say(bus::PresenceChanged{roomId, user, member.member, false});
        if (last)
            tellMembers(roomId, member, false);
    }
    compact(roomId);
}

void Hub::tellMembers(const QString &roomId, const Member &member, bool self)
{
    const MemberChange change(roomId, member);
    forEachListener(roomId, &Channel::membersListeners, [&](RoomListener *listener) {
        if (self || listener->user().id != member.user.id)
            listener->memberChanged(change);
    });
    Q_EMIT memberChanged(change);
}

void Hub::noteMembership(const Room &room, const User &user, bool member)
{
    say(bus::MembershipChanged{room, user, member});
    applyMembership(room, user, member);
}

void Hub::applyMembership(const Room &room, const User &user, bool member)
{
    const auto found = m_channels.find(room.id);
    if (found != m_channels.end()) {
        const auto presence = found->second->online.find(user.id);
        const bool online = presence != found->second->online.end();
        if (online)
            presence->member = member;
        tellMembers(room.id, {user, member, online}, true);
    }
    if (!member && room.kind != RoomKind::Public)
        evict(room.id, user);
    forEachSessionOf(user.id, [&](SessionListener *session) { session->membershipChanged(room, member); });
}

void Hub::evict(const QString &roomId, const User &user)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end())
        return;
    std::vector<RoomListener *> toEvict;
    std::ranges::copy_if(found->second->listeners, std::back_inserter(toEvict),
        [&](const RoomListener *listener) { return listener && listener->user().id == user.id; });
    for (RoomListener *listener : toEvict) {
        // One eviction may have removed another listener of the same user.
        const auto channel = m_channels.find(roomId);
        if (channel == m_channels.end())
            return;
        const auto &listeners = channel->second->listeners;
        if (std::find(listeners.begin(), listeners.end(), listener) == listeners.end())
            continue;
        removeListener(roomId, listener);
        listener->evicted();
    }
}

void Hub::publish(const Broadcast &broadcast)
{
    Q_ASSERT(thread() == QThread::currentThread());
    Q_EMIT published(broadcast);
    forEachListener(broadcast.room().id, &Channel::listeners,
        [&](RoomListener *listener) { listener->publish(broadcast); });
    for (const User &peer : broadcast.room().peers)
        forEachSessionOf(peer.id, [&](SessionListener *session) { session->publishDirect(broadcast); });
}

void Hub::endSession(const QString &sessionId, const QString &reason)
{
    say(bus::SessionEnded{sessionId, reason});
    applyEnd(sessionId, reason);
}

void Hub::applyEnd(const QString &sessionId, const QString &reason)
{
    const auto sessions = m_sessions.values();
    for (SessionListener *session : sessions) {
        if (m_sessions.contains(session) && session->sessionId() == sessionId)
            session->end(CloseCode::Unauthorized, reason);
    }
}

QList<User> Hub::onlineIn(const QString &roomId) const
{
    QList<User> users;
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end())
        return users;
    users.reserve(found->second->online.size());
    for (const Presence &presence : std::as_const(found->second->online))
        users.append(presence.user);
    return users;
}

bool Hub::isOnlineIn(const QString &roomId, const QString &userId) const
{
    const auto found = m_channels.find(roomId);
    return found != m_channels.end() && found->second->online.contains(userId);
}

template <typename Call>
void Hub::forEachListener(const QString &roomId, Listeners which, Call call)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end())
        return;
    Channel &channel = *found->second;
    ++channel.dispatching;
    // By index and up to today's end: listeners that are added meanwhile have no part in it.
    const auto &listeners = channel.*which;
    const size_t count = listeners.size();
    for (size_t i = 0; i < count; ++i) {
        if (RoomListener *listener = listeners[i])
            call(listener);
    }
    --channel.dispatching;
    compact(roomId);
}

template <typename Call>
void Hub::forEachSessionOf(const QString &userId, Call call)
{
    const auto sessions = m_sessionsOfUser.value(userId);
    for (SessionListener *session : sessions) {
        if (m_sessions.contains(session))
            call(session);
    }
}

void Hub::compact(const QString &roomId)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end() || found->second->dispatching > 0)
        return;
    Channel &channel = *found->second;
    if (std::exchange(channel.holes, false)) {
        std::erase(channel.listeners, nullptr);
        std::erase(channel.membersListeners, nullptr);
    }
    if (channel.listeners.empty() && channel.online.isEmpty())
        m_channels.erase(found);
}

} // namespace rookery::core
