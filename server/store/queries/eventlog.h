// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

namespace rookery::store {

/// Writes what queries do to a room into its log, inside their transaction, and collects what the commit observer is
/// told once that has committed.
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
    /// A user has become a member without an event.
    virtual void joined(Room room, User user) = 0;
};

} // namespace rookery::store
