// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

namespace rookery::store {

/// How queries that change a room write it into the room's log, inside their transaction, and say what the commit
/// observer is to hear once it has committed.
class EventLog
{
public:
    EventLog() = default;
    EventLog(const EventLog &) = delete;
    EventLog &operator=(const EventLog &) = delete;
    virtual ~EventLog() = default;

    /// The room's next event. Room and sender must exist.
    virtual void add(
        const QString &roomId, const User &sender, const QString &clientId, EventContent content) = 0;
    /// The event of the sender that has this client id.
    virtual std::optional<RoomEvent> find(const QString &senderId, const QString &clientId) = 0;
    /// A user is a member without an event.
    virtual void joined(Room room, User user) = 0;
};

} // namespace rookery::store
