#include "server/core/hub.h"

#include <QThread>

#include <algorithm>

namespace rookery::core {

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

void Hub::addListener(const QString &roomId, RoomListener *listener)
{
    Q_ASSERT(thread() == QThread::currentThread());
    auto &channel = m_channels[roomId];
    if (!channel)
        channel = std::make_unique<Channel>();
    channel->listeners.push_back(listener);

    const User user = listener->user();
    Presence &presence = channel->online[user.id];
    const bool first = presence.listeners++ == 0;
    presence.user = user;
    presence.member = listener->isMember();
    if (!first)
        return;
    const Member member{user, presence.member, true};
    forEachListener(roomId, [&](RoomListener *other) {
        if (other->user().id != user.id)
            other->memberChanged(member);
    });
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

    const User user = listener->user();
    const auto presence = channel.online.find(user.id);
    const bool last = --presence->listeners == 0;
    const Member member{user, presence->member, false};
    if (last)
        channel.online.erase(presence);
    if (last) {
        forEachListener(roomId, [&](RoomListener *other) { other->memberChanged(member); });
    }
    compact(roomId);
}

void Hub::noteMembership(const Room &room, const User &user, bool member)
{
    const auto found = m_channels.find(room.id);
    std::vector<RoomListener *> toEvict;
    if (found != m_channels.end()) {
        Channel &channel = *found->second;
        if (!member && room.kind != RoomKind::Public) {
            for (RoomListener *listener : channel.listeners) {
                if (listener && listener->user().id == user.id)
                    toEvict.push_back(listener);
            }
        }
        const auto presence = channel.online.find(user.id);
        if (presence != channel.online.end())
            presence->member = member;
        const Member state{user, member, presence != channel.online.end()};
        forEachListener(room.id, [&](RoomListener *listener) { listener->memberChanged(state); });
    }
    for (RoomListener *listener : toEvict) {
        // One eviction may have removed another listener of the same user.
        const auto channel = m_channels.find(room.id);
        if (channel == m_channels.end())
            break;
        const auto &listeners = channel->second->listeners;
        if (std::find(listeners.begin(), listeners.end(), listener) == listeners.end())
            continue;
        removeListener(room.id, listener);
        listener->evicted();
    }
    forEachSessionOf(user.id, [&](SessionListener *session) { session->membershipChanged(room, member); });
}

void Hub::publish(const Broadcast &broadcast)
{
    Q_ASSERT(thread() == QThread::currentThread());
    Q_EMIT published(broadcast);
    forEachListener(broadcast.room().id, [&](RoomListener *listener) { listener->publish(broadcast); });
    for (const User &peer : broadcast.room().peers)
        forEachSessionOf(peer.id, [&](SessionListener *session) { session->publishDirect(broadcast); });
}

void Hub::endSession(const QString &sessionId, const QString &reason)
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
void Hub::forEachListener(const QString &roomId, Call call)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end())
        return;
    Channel &channel = *found->second;
    ++channel.dispatching;
    // By index and up to today's end: listeners that are added meanwhile have no part in it.
    const size_t count = channel.listeners.size();
    for (size_t i = 0; i < count; ++i) {
        if (RoomListener *listener = channel.listeners[i])
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
    std::erase(found->second->listeners, nullptr);
    if (found->second->listeners.empty())
        m_channels.erase(found);
}

} // namespace rookery::core
