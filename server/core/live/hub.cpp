// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/hub.h"

#include "server/bus/audience.h"

#include <QThread>
#include <QTimerEvent>

#include <algorithm>
#include <utility>

namespace rookery::core {

namespace {

/// Between two rounds of changes of presence in one room.
constexpr int presencePauseMs = 1000;
/// Rooms that are due within this time are handled in one turn.
constexpr qint64 presenceTickMs = 20;
/// Of presence frames for one listener of one room in one second: a third of what a slow reader takes.
constexpr qsizetype presenceBytes = 16 * 1024;

} // namespace

Hub::Hub(bus::Bus *bus, QObject *parent)
    : QObject(parent)
    , m_bus(bus)
{
    m_clock.start();
    if (m_bus) {
        m_bus->subscribe(this, [this](const bus::Notice &notice) { hear(notice); });
        m_leaseTimer.start(int(bus::renewInterval.count()), this);
    }
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
    if (const auto *changed = notice.event.as<MemberChanged>()) {
        Room room = *notice.room;
        room.role = changed->role;
        room.lastSeq = notice.event.seq;
        applyMembership(room, changed->user, changed->before);
    }
}

void Hub::take(const bus::MembershipChanged &notice)
{
    applyMembership(notice.room, notice.user, Role::None);
}

void Hub::take(const bus::InvitationChanged &notice)
{
    forEachSessionOf(notice.invited.id,
        [&notice](SessionListener *session) { session->invitationChanged(notice.invitation, notice.open); });
}

void Hub::take(const bus::SessionEnded &notice)
{
    applyEnd(notice.sessionId, notice.reason);
}

void Hub::take(const bus::SelfEventCommitted &notice)
{
    forEachSessionOf(
        notice.userId, [&notice](SessionListener *session) { session->selfEvent(notice.event); });
}

void Hub::take(const bus::RoomHeads &notice)
{
    QStringList rooms;
    for (const bus::RoomHead &head : notice.heads) {
        if (isBehind(head.roomId, head.seq))
            rooms.append(head.roomId);
    }
    if (!rooms.isEmpty())
        Q_EMIT headsInDoubt(rooms);
}

void Hub::take(const bus::NoticesLost & /*notice*/)
{
    Q_EMIT headsInDoubt({});
}

void Hub::take(const bus::HistoryChanged &notice)
{
    for (auto &[roomId, channel] : m_channels) {
        channel->newest = -1;
        channel->told = -1;
    }
    Q_EMIT historyChanged(notice.epoch);
}

void Hub::addSession(SessionListener *session)
{
    Q_ASSERT(thread() == QThread::currentThread());
    SessionListener *&last = m_sessions[session->user().id];
    if (!last && m_bus)
        m_bus->listenToUser(this, session->user().id);
    session->m_nextOfUser = last;
    last = session;
    ++m_sessionCount;
    if (!session->sessionId().isEmpty())
        Q_EMIT socketOpened(session->sessionId());
}

void Hub::removeSession(SessionListener *session)
{
    const auto found = m_sessions.find(session->user().id);
    if (found == m_sessions.end())
        return;
    SessionListener **link = &*found;
    while (*link && *link != session)
        link = &(*link)->m_nextOfUser;
    if (!*link)
        return;
    *link = session->m_nextOfUser;
    --m_sessionCount;
    if (!*found) {
        m_sessions.erase(found);
        if (m_bus)
            m_bus->ignoreUser(this, session->user().id);
    }
    if (!session->sessionId().isEmpty())
        Q_EMIT socketClosed(session->sessionId());
}

Hub::Channel &Hub::channelOf(const QString &roomId)
{
    auto &channel = m_channels[roomId];
    if (!channel) {
        channel = std::make_unique<Channel>();
        channel->knowsPresence = !m_bus;
        if (m_bus)
            m_bus->listen(this, roomId);
    }
    return *channel;
}

void Hub::addListener(const QString &roomId, RoomListener *listener)
{
    Q_ASSERT(thread() == QThread::currentThread());
    Channel &channel = channelOf(roomId);
    channel.listeners.push_back(listener);
    if (listener->hearsMembers())
        channel.membersListeners.push_back(listener);
    if (channel.news)
        channel.news->came(listener);

    const User user = listener->user();
    Presence &presence = channel.online.insertOrFind(user);
    const bool firstHere = presence.listeners++ == 0;
    const bool isNews = firstHere || presence.role != listener->role();
    presence.user = user;
    presence.role = listener->role();
    if (isNews && m_bus)
        m_bus->enter(this, roomId, user, presence.role);
    if (firstHere && presence.others.isEmpty())
        tellPresence(roomId, {user, presence.role, true});
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
    if (channel.news)
        channel.news->went(listener);

    const User user = listener->user();
    Presence *presence = channel.online.find(user.id);
    if (--presence->listeners == 0) {
        const Member member{user, presence->role, false};
        const bool last = presence->others.isEmpty();
        if (last)
            channel.online.remove(user.id);
        if (m_bus)
            m_bus->leave(this, roomId, user.id);
        if (last)
            tellPresence(roomId, member);
    }
    compact(roomId);
}

void Hub::noteSeen(const QString &roomId, const RoomListener *listener)
{
    const auto found = m_channels.find(roomId);
    if (found != m_channels.end() && found->second->news)
        found->second->news->came(listener);
}

void Hub::tellMembership(const QString &roomId, const Member &member)
{
    const MemberChange change(roomId, member, MemberChange::What::Membership);
    forEachListener(
        roomId, &Channel::membersListeners, [&](RoomListener *listener) { listener->memberChanged(change); });
    Q_EMIT memberChanged(change);
}

void Hub::tellPresence(const QString &roomId, const Member &member)
{
    const auto found = m_channels.find(roomId);
    if (found != m_channels.end()) {
        Channel &channel = *found->second;
        // Listeners read the list of users when it is known.
        if (!channel.knowsPresence)
            return;
        const auto isOther = [&member](const RoomListener *listener) {
            return listener && listener->user().id != member.user.id;
        };
        if (channel.news) {
            channel.news->note(member);
        } else if (std::ranges::any_of(channel.membersListeners, isOther)) {
            channel.news = std::make_unique<PresenceNews>();
            scheduleNews(roomId, channel.news.get());
            tell(roomId, {{member, !member.online}}, {});
        }
    }
    Q_EMIT memberChanged(MemberChange(roomId, member, MemberChange::What::Presence));
}

void Hub::tell(const QString &roomId, const std::list<PresenceNews::Change> &changes,
    const PresenceNews::Newcomers &newcomers)
{
    for (const PresenceNews::Change &change : changes) {
        const Member &member = change.member;
        const MemberChange message(roomId, member, MemberChange::What::Presence);
        forEachListener(roomId, &Channel::membersListeners, [&](RoomListener *listener) {
            if (listener->user().id == member.user.id)
                return;
            const auto since = newcomers.constFind(listener);
            const bool known = since == newcomers.cend() ? change.told : change.knownSince(*since);
            if (known != member.online || listener->readsMembersLater())
                listener->memberChanged(message);
        });
    }
}

void Hub::tellNews(const QString &roomId)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end() || !found->second->news)
        return;
    PresenceNews *news = found->second->news.get();
    if (news->isEmpty()) {
        found->second->news.reset();
        return;
    }
    const auto changes = news->take(presenceBytes);
    const PresenceNews::Newcomers newcomers = news->newcomers();
    const bool isBehind = !news->isEmpty();
    if (!isBehind)
        found->second->news = std::make_unique<PresenceNews>(); // and nobody is a newcomer any more
    scheduleNews(roomId, found->second->news.get());
    const PresenceCount count(roomId, found->second->online.all().size(), false);
    tell(roomId, changes, newcomers);
    if (isBehind)
        forEachListener(roomId, &Channel::membersListeners,
            [&](RoomListener *listener) { listener->presenceBehind(count); });
}

void Hub::tellNewsOf(const QString &roomId, const QString &userId)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end() || !found->second->news)
        return;
    const auto changes = found->second->news->take(userId);
    const PresenceNews::Newcomers newcomers = found->second->news->newcomers();
    tell(roomId, changes, newcomers);
}

void Hub::scheduleNews(const QString &roomId, PresenceNews *news)
{
    news->due = m_clock.elapsed() + presencePauseMs;
    m_newsDue.emplace_back(news->due, roomId);
    if (!m_newsTimer.isActive())
        m_newsTimer.start(presencePauseMs, this);
}

void Hub::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_leaseTimer.timerId()) {
        m_bus->renew(this);
        return;
    }
    if (event->timerId() != m_newsTimer.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    m_newsTimer.stop();
    const qint64 now = m_clock.elapsed();
    while (!m_newsDue.empty() && m_newsDue.front().first <= now) {
        const auto [due, roomId] = std::move(m_newsDue.front());
        m_newsDue.pop_front();
        // The channel may have been removed and made again since.
        const auto found = m_channels.find(roomId);
        if (found != m_channels.end() && found->second->news && found->second->news->due == due)
            tellNews(roomId);
    }
    if (!m_newsDue.empty())
        m_newsTimer.start(int(std::max(presenceTickMs, m_newsDue.front().first - now)), this);
}

void Hub::noteInvitation(const Invitation &invitation, const User &invited, bool open)
{
    const bus::InvitationChanged notice{invitation, invited, open};
    say(notice);
    take(notice);
}

void Hub::applyMembership(const Room &room, const User &user, Role before)
{
    const bool concernsMembers = room.isMember() || isMember(before);
    const auto found = m_channels.find(room.id);
    Presence *presence = found != m_channels.end() ? found->second->online.find(user.id) : nullptr;
    if (presence) {
        presence->role = room.role;
        if (m_bus && presence->listeners > 0)
            m_bus->enter(this, room.id, presence->user, room.role);
    }
    if (found != m_channels.end() && found->second->news)
        found->second->news->noteMembership(user.id, room.role);
    if (concernsMembers)
        tellMembership(room.id, {user, room.role, presence != nullptr});
    if (!bus::maySee(room.kind, room.role)) {
        ++(room.kind == RoomKind::Public ? m_bans : m_removals);
        evict(room.id, user);
    }
    // Changes of the user's presence that wait are sent now: they contain the role, and the removal and the
    // eviction must be one change.
    tellNewsOf(room.id, user.id);
    if (concernsMembers)
        forEachSessionOf(
            user.id, [&](SessionListener *session) { session->membershipChanged(room, room.isMember()); });
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
    const auto found = m_channels.find(broadcast.room().id);
    if (found != m_channels.end()) {
        Channel &channel = *found->second;
        channel.newest = std::max(channel.newest, broadcast.event().seq);
        channel.told = std::max(channel.told, broadcast.event().seq);
    }
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
    QString userId; // all are one user's
    for (auto of = m_sessions.cbegin(); of != m_sessions.cend() && userId.isEmpty(); ++of) {
        for (const SessionListener *session = *of; session; session = session->m_nextOfUser) {
            if (session->sessionId() == sessionId)
                userId = of.key();
        }
    }
    forEachSessionOf(userId, [&](SessionListener *session) {
        if (session->sessionId() == sessionId)
            session->end(CloseCode::Unauthorized, reason);
    });
}

std::shared_ptr<const Room> Hub::sharedRoom(const Room &room)
{
    Channel &channel = channelOf(room.id);
    Room seen = room;
    seen.role = Role::None;
    seen.lastSeq = 0;
    if (!channel.room || *channel.room != seen) {
        if (m_epoch != seen.epoch)
            m_epoch = seen.epoch;
        seen.epoch = m_epoch;
        channel.room = std::make_shared<const Room>(std::move(seen));
    }
    return channel.room;
}

std::optional<qint64> Hub::newestSeq(const QString &roomId) const
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end() || found->second->newest < 0)
        return std::nullopt;
    return found->second->newest;
}

void Hub::noteNewest(const QString &roomId, qint64 seq)
{
    const auto found = m_channels.find(roomId);
    if (found != m_channels.end())
        found->second->newest = std::max(found->second->newest, seq);
}

QStringList Hub::rooms() const
{
    QStringList rooms;
    rooms.reserve(qsizetype(m_channels.size()));
    for (const auto &[roomId, channel] : m_channels)
        rooms.append(roomId);
    return rooms;
}

bool Hub::isBehind(const QString &roomId, qint64 seq) const
{
    const auto found = m_channels.find(roomId);
    return found != m_channels.end() && found->second->told < seq;
}

void Hub::noteHead(const QString &roomId, qint64 seq)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end())
        return;
    found->second->told = std::max(found->second->told, seq);
    noteNewest(roomId, seq);
    Q_EMIT headNoted(roomId, seq);
    forEachListener(roomId, &Channel::listeners, [&](RoomListener *listener) { listener->headIs(seq); });
}

template <typename Call>
void Hub::forEachListener(const QString &roomId, Listeners which, Call call)
{
    const auto found = m_channels.find(roomId);
    if (found == m_channels.end())
        return;
    Channel &channel = *found->second;
    ++channel.dispatching;
    // By index up to the present end: listeners that are added during the dispatch are left out.
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
    std::vector<SessionListener *> sessions;
    for (SessionListener *session = m_sessions.value(userId); session; session = session->m_nextOfUser)
        sessions.push_back(session);
    for (SessionListener *session : sessions) {
        if (hasSession(userId, session))
            call(session);
    }
}

bool Hub::hasSession(const QString &userId, const SessionListener *session) const
{
    const SessionListener *one = m_sessions.value(userId);
    while (one && one != session)
        one = one->m_nextOfUser;
    return one;
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
    if (!channel.listeners.empty() || channel.watchers > 0)
        return;
    const QString forgotten = found->first;
    m_channels.erase(found);
    if (m_bus)
        m_bus->ignore(this, forgotten);
    Q_EMIT roomForgotten(forgotten);
}

} // namespace rookery::core
