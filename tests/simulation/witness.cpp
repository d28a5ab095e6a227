// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/witness.h"

#include "tests/simulation/world.h"

#include <set>

namespace simulation {

namespace {

/// How long a user who has gone may seem to be present: the lease, which a node's beats prolong while a question may
/// still be answered; two ticks, the latest frame, and what hubs take to hear of it.
constexpr qint64 ghostMs = bus::leaseTime.count() + bus::Peers::trust.count() + 500 + mostLate + 500;

} // namespace

void Witness::fail(const QString &what)
{
    if (!m_failure.isEmpty())
        return;
    m_failure = QStringLiteral("at %1 ms: %2").arg(m_world->schedule.now()).arg(what);
    m_world->trace(-1, "FAILURE %s", qPrintable(what));
}

bool Witness::isTrue(const RoomEvent &event) const
{
    const auto &events = m_world->database.log(event.roomId).events;
    return event.seq >= 1 && event.seq <= events.size() && events[event.seq - 1] == event;
}

void Witness::committed(const RoomEvent &event)
{
    m_world->note(quint64(event.seq));
    m_world->trace(-1, "commits %s by %s", qPrintable(event.id), qPrintable(event.sender.id));
    if (!event.as<Posted>())
        return;
    for (const RoomEvent &other : m_world->database.log(event.roomId).events) {
        if (other.seq != event.seq && other.clientId == event.clientId && other.sender.id == event.sender.id)
            fail(QStringLiteral("%1 and %2 are the same message").arg(other.id, event.id));
    }
}

void Witness::acknowledged(
    const User &user, const QString &roomId, const QString &clientId, const RoomEvent &event)
{
    m_world->trace(-1, "%s has the answer %s", qPrintable(user.id), qPrintable(event.id));
    if (!isTrue(event) || event.clientId != clientId || event.roomId != roomId)
        fail(QStringLiteral("%1 is acknowledged and not in the store").arg(clientId));
    if (!m_acknowledged.empty() && event.sender.id == user.id) {
        for (const Acknowledged &one : m_acknowledged) {
            if (one.roomId == roomId && one.seq == event.seq && one.clientId != clientId)
                fail(QStringLiteral("%1 and %2 are acknowledged as one event").arg(clientId, one.clientId));
        }
    }
    m_acknowledged.push_back({roomId, event.seq, clientId});
}

void Witness::taken(int client, const User &user, qint64 before, const RoomEvent &event)
{
    ++m_taken;
    m_world->note(quint64(event.seq) * 31 + quint64(client));
    m_world->trace(-1, "client %d (%s) takes %s", client, qPrintable(user.id), qPrintable(event.id));
    if (event.seq != before + 1)
        fail(QStringLiteral("client %1 gets %2 after event %3").arg(client).arg(event.id).arg(before));
    if (!isTrue(event))
        fail(
            QStringLiteral("client %1 gets %2, which is another one in the store").arg(client).arg(event.id));
    const auto &log = m_world->database.log(event.roomId);
    if (log.room.kind == RoomKind::Public)
        return;
    // Was the user a member at some time from the event before this one on?
    const auto history = log.history.find(user.id);
    bool mayRead = false;
    if (history != log.history.end()) {
        for (size_t i = 0; i < history->second.size(); ++i) {
            const bool isLast = i + 1 == history->second.size();
            const qint64 until = isLast ? log.lastSeq() + 1 : history->second[i + 1].first;
            mayRead = mayRead || (history->second[i].second && until >= event.seq);
        }
    }
    if (!mayRead)
        fail(QStringLiteral("client %1 of %2 gets %3 after the removal").arg(client).arg(user.id, event.id));
}

void Witness::heard(const Process &process, const RoomEvent &event)
{
    m_world->note(quint64(event.seq) * 17 + quint64(process.index()));
    m_world->trace(process.index(), "a hub hears %s", qPrintable(event.id));
    if (!isTrue(event))
        fail(QStringLiteral("a hub of node %1 hears %2, which is another one in the store")
                 .arg(process.index())
                 .arg(event.id));
}

void Witness::entered(const QString &roomId, const QString &userId)
{
    m_world->trace(-1, "%s enters %s", qPrintable(userId), qPrintable(roomId));
    ++m_presence[{roomId, userId}].sockets;
}

void Witness::left(const QString &roomId, const QString &userId)
{
    m_world->trace(-1, "%s leaves %s", qPrintable(userId), qPrintable(roomId));
    Presence &presence = m_presence[{roomId, userId}];
    if (--presence.sockets == 0)
        presence.leftAt = m_world->schedule.now();
}

void Witness::examine(Process &process)
{
    const qint64 now = m_world->schedule.now();
    for (int number = 0; number < process.hubCount(); ++number) {
        const core::Hub &hub = process.hub(number);
        for (const auto &[roomId, log] : m_world->database.rooms()) {
            const QList<User> online = hub.onlineIn(roomId);
            for (const User &user : online) {
                const Presence &presence = m_presence[{roomId, user.id}];
                const qint64 since = std::max(presence.leftAt, process.awakeSince());
                if (presence.sockets == 0 && now - since > ghostMs)
                    fail(QStringLiteral("node %1 takes %2 for present in %3, who went %4 ms ago")
                             .arg(process.index())
                             .arg(user.id, roomId)
                             .arg(now - presence.leftAt));
            }
        }
    }
}

void Witness::examineLogs()
{
    for (const auto &client : m_world->clients) {
        for (const auto &[roomId, log] : m_world->database.rooms()) {
            const bool shouldHave = client->wants(roomId) && log.isSeenBy(client->user().id);
            const Feed *feed = client->session() ? client->session()->feed(roomId) : nullptr;
            const QString who = QStringLiteral("the client of %1, at node %2, in %3: ")
                                    .arg(client->user().id)
                                    .arg(client->session() ? client->session()->process().index() : -1)
                                    .arg(roomId);
            if (!feed && shouldHave)
                fail(who + QStringLiteral("is not subscribed"));
            if (feed && !log.isSeenBy(client->user().id))
                fail(who + QStringLiteral("is subscribed and not a member any more"));
            if (feed && shouldHave && client->seq(roomId) != log.lastSeq())
                fail(who + QStringLiteral("has %1 of %2 events").arg(client->seq(roomId)).arg(log.lastSeq()));
        }
    }
    for (const Acknowledged &one : m_acknowledged) {
        const auto &events = m_world->database.log(one.roomId).events;
        if (one.seq > events.size() || events[one.seq - 1].clientId != one.clientId)
            fail(QStringLiteral("%1 was acknowledged and is lost").arg(one.clientId));
    }
}

void Witness::examinePresence()
{
    std::map<QString, std::set<QString>> present;
    for (const auto &[key, presence] : m_presence) {
        if (presence.sockets > 0)
            present[key.first].insert(key.second);
    }
    for (int node = 0; node < m_world->plan.nodes; ++node) {
        Process *process = m_world->living(node);
        if (!process)
            continue;
        for (int number = 0; number < process->hubCount(); ++number) {
            const core::Hub &hub = process->hub(number);
            const QStringList rooms = hub.rooms();
            for (const QString &roomId : rooms) {
                std::set<QString> online;
                const QList<User> users = hub.onlineIn(roomId);
                for (const User &user : users)
                    online.insert(user.id);
                if (online == present[roomId])
                    continue;
                QStringList is(present[roomId].begin(), present[roomId].end());
                QStringList seems(online.begin(), online.end());
                fail(QStringLiteral("node %1, hub %2, %3: present are %4 and seem to be %5")
                         .arg(node)
                         .arg(number)
                         .arg(roomId, is.join(u' '), seems.join(u' ')));
            }
        }
    }
}

} // namespace simulation
