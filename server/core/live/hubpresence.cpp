// SPDX-License-Identifier: GPL-3.0-or-later
// The part of Hub that concerns who is online: what other hubs say, and what is asked.
#include "server/core/live/hub.h"

#include <utility>

namespace rookery::core {

void Hub::watch(const QString &roomId)
{
    ++channelOf(roomId).watchers;
}

void Hub::unwatch(const QString &roomId)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end() || found->second->watchers == 0)
        return;
    --found->second->watchers;
    compact(roomId);
}

void Hub::whenPresenceIsKnown(const QString &roomId, QObject *context, std::function<void()> done)
{
    watch(roomId);
    Channel &channel = channelOf(roomId);
    if (!channel.knowsPresence) {
        channel.waiting.push_back({context, std::move(done)});
        return;
    }
    done();
    unwatch(roomId);
}

void Hub::take(const bus::PresenceChanged &notice)
{
    const auto found = m_channels.find(notice.roomId);
    if (found == m_channels.end() || !found->second->knowsPresence)
        return;
    PresenceList &online = found->second->online;
    if (notice.online) {
        Presence &presence = online.insertOrFind(notice.user);
        const bool before = presence.online();
        if (!before)
            presence.role = notice.role;
        presence.others.insert(notice.hub);
        const Member member{presence.user, presence.role, true};
        if (!before)
            tellPresence(notice.roomId, member);
    } else if (Presence *presence = online.find(notice.user.id)) {
        presence->others.remove(notice.hub);
        if (presence->online())
            return;
        const Member member{presence->user, presence->role, false};
        online.remove(notice.user.id);
        tellPresence(notice.roomId, member);
    }
}

void Hub::take(const bus::RoomPresence &notice)
{
    const auto found = m_channels.find(notice.roomId);
    if (found == m_channels.end())
        return;
    const QString roomId = notice.roomId;
    watch(roomId);
    Channel &channel = *found->second;
    const QList<Member> changes = channel.online.replaceOthers(notice.present);
    if (std::exchange(channel.knowsPresence, true)) {
        for (const Member &member : changes)
            tellPresence(roomId, member);
    }
    for (const Waiting &waiting : std::exchange(channel.waiting, {})) {
        if (waiting.context)
            waiting.done();
        unwatch(roomId);
    }
    unwatch(roomId);
}

QList<User> Hub::onlineIn(const QString &roomId) const
{
    QList<User> users;
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end())
        return users;
    users.reserve(found->second->online.all().size());
    for (const Presence &presence : found->second->online.all())
        users.append(presence.user);
    return users;
}

bool Hub::isOnlineIn(const QString &roomId, const QString &userId) const
{
    const auto found = m_channels.find(roomId);
    return found != m_channels.end() && std::as_const(found->second->online).find(userId);
}

QList<Member> Hub::onlineIn(const QString &roomId, const QString &afterUser, qsizetype most) const
{
    const auto found = m_channels.find(roomId);
    return found == m_channels.end() ? QList<Member>() : found->second->online.after(afterUser, most);
}

qsizetype Hub::onlineCount(const QString &roomId) const
{
    const auto found = m_channels.find(roomId);
    return found == m_channels.end() ? 0 : found->second->online.all().size();
}

} // namespace rookery::core
