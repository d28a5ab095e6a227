// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/database.h"

#include <algorithm>

namespace simulation {

namespace {

Error notFound()
{
    return {ErrorCode::NotFound, QStringLiteral("There is no such room.")};
}

} // namespace

void Database::addRoom(const QString &id, RoomKind kind, const QList<User> &members)
{
    RoomLog log;
    log.room.id = id;
    log.room.name = id;
    log.room.kind = kind;
    log.room.epoch = QStringLiteral("epoch");
    for (const User &user : members) {
        log.members.emplace(user.id, Role::Member);
        log.history[user.id].emplace_back(0, true);
    }
    m_rooms.emplace(id, std::move(log));
}

const RoomEvent &Database::add(
    RoomLog &log, const User &sender, const QString &clientId, EventContent content, qint64 at)
{
    RoomEvent event;
    event.roomId = log.room.id;
    event.seq = log.lastSeq() + 1;
    event.id = QStringLiteral("%1-%2").arg(log.room.id).arg(event.seq);
    event.sender = sender;
    event.clientId = clientId;
    event.timestamp = utcTime(1'000'000'000'000 + at);
    event.content = std::move(content);
    log.events.append(event);
    return log.events.last();
}

Database::Written Database::append(const store::NewMessage &message, qint64 at, bool knowsClientIds)
{
    RoomLog &room = log(message.roomId);
    const std::pair key(message.sender.id, message.clientId);
    const auto known = m_byClientId.find(key);
    if (known != m_byClientId.end() && knowsClientIds) {
        const RoomEvent &first = log(known->second.first).events.at(known->second.second - 1);
        return {store::Appended{first, true}};
    }
    if (!room.isSeenBy(message.sender.id))
        return {notFound()};
    const RoomEvent &event = add(room, message.sender, message.clientId, Posted{message.text}, at);
    m_byClientId.insert_or_assign(key, std::pair(event.roomId, event.seq));
    return {store::Appended{event, false}, true};
}

std::optional<RoomEvent> Database::setRole(const store::RoleChange &change, qint64 at)
{
    RoomLog &room = log(change.roomId);
    const auto known = room.members.find(change.userId);
    const Role before = known == room.members.end() ? Role::None : known->second;
    if (before == change.role)
        return std::nullopt;
    if (isMember(change.role))
        room.members.insert_or_assign(change.userId, change.role);
    else
        room.members.erase(change.userId);
    const User user{change.userId, change.userId, false};
    const RoomEvent &event =
        add(room, change.actor, QStringLiteral("role"), MemberChanged{user, before, change.role}, at);
    room.history[user.id].emplace_back(event.seq, isMember(change.role));
    return event;
}

Result<Room> Database::room(const QString &roomId, const QString &userId) const
{
    const RoomLog &log = this->log(roomId);
    Room room = log.room;
    room.lastSeq = log.lastSeq();
    if (const auto known = log.members.find(userId); known != log.members.end())
        room.role = known->second;
    return room;
}

Result<Page> Database::page(const store::PageQuery &query, bool checksViewer) const
{
    const RoomLog &log = this->log(query.roomId);
    if (checksViewer && query.viewer && !log.isSeenBy(*query.viewer))
        return notFound();
    Page page;
    page.epoch = log.room.epoch;
    page.lastSeq = log.lastSeq();
    const qint64 after = std::min(query.after.value_or(0), page.lastSeq);
    page.events = log.events.mid(after, query.limit);
    page.hasMore = after + page.events.size() < page.lastSeq;
    return page;
}

store::CommitNotice Database::noticeOf(const RoomEvent &event) const
{
    Room room = log(event.roomId).room;
    room.lastSeq = event.seq;
    return store::Committed{event, std::make_shared<const Room>(std::move(room))};
}

} // namespace simulation
