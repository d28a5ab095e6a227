// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/logwriter.h"

#include "common/ids.h"
#include "server/store/queries/eventrow.h"
#include "server/store/queries/guestqueries.h"

namespace rookery::store {

LogWriter::LogWriter(Connection &connection, LogHeads &heads, std::vector<CommitNotice> &notices)
    : m_connection(connection)
    , m_heads(heads)
    , m_notices(notices)
{ }

void LogWriter::add(const QString &roomId, const User &sender, const QString &clientId, EventContent content)
{
    // Its copy of the room may be from before the change that this event is about.
    m_heads.forgetRoom(roomId);
    auto *room = m_heads.room(m_connection, roomId);
    const auto key = m_heads.user(m_connection, sender.id);
    if (!room || !key)
        throw DatabaseError{Fault::Statement, QStringLiteral("an event without a room or a sender")};
    if (sender.guest)
        guests::keep(m_connection, *key);
    RoomEvent event;
    event.roomId = roomId;
    event.sender = sender;
    event.clientId = clientId;
    event.content = std::move(content);
    events::number(m_heads, *room, event);
    if (!events::insert(m_connection, m_heads, *room, *key, event))
        throw DatabaseError{Fault::Statement, QStringLiteral("an event whose client id is there already")};
    m_notices.push_back(Committed{std::move(event), room->room});
}

std::optional<RoomEvent> LogWriter::find(const QString &senderId, const QString &clientId)
{
    const auto sender = m_heads.user(m_connection, senderId);
    auto known = sender ? events::byClientId(m_connection, *sender, clientId) : std::nullopt;
    return known ? std::optional(std::move(known->event)) : std::nullopt;
}

void LogWriter::joined(Room room, User user)
{
    m_notices.push_back(Joined{std::move(room), std::move(user)});
}

} // namespace rookery::store
