// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "server/store/store.h"

#include <map>
#include <vector>

namespace simulation {

using namespace rookery;

/// What all nodes of a cluster have in common: the rooms, their members and their logs. What is in it is durable.
class Database
{
public:
    struct RoomLog
    {
        Room room; ///< as somebody without a role sees it
        std::map<QString, Role> members = {};
        QList<RoomEvent> events = {};
        /// In the order of the log: who was a member from which seq on, and who was not.
        std::map<QString, std::vector<std::pair<qint64, bool>>> history = {};

        qint64 lastSeq() const { return qint64(events.size()); }
        bool isSeenBy(const QString &userId) const
        {
            return room.kind == RoomKind::Public || members.contains(userId);
        }
    };
    struct Written
    {
        Result<store::Appended> answer;
        bool isNew = false;
    };

    void addRoom(const QString &id, RoomKind kind, const QList<User> &members);
    RoomLog &log(const QString &roomId) { return m_rooms.at(roomId); }
    const RoomLog &log(const QString &roomId) const { return m_rooms.at(roomId); }
    const std::map<QString, RoomLog> &rooms() const { return m_rooms; }

    /// `knowsClientIds`: false in a database that is broken on purpose.
    Written append(const store::NewMessage &message, qint64 at, bool knowsClientIds);
    /// Nothing: the user has this role already.
    std::optional<RoomEvent> setRole(const store::RoleChange &change, qint64 at);
    Result<Room> room(const QString &roomId, const QString &userId) const;
    Result<Page> page(const store::PageQuery &query, bool checksViewer) const;
    store::CommitNotice noticeOf(const RoomEvent &event) const;

private:
    const RoomEvent &add(
        RoomLog &log, const User &sender, const QString &clientId, EventContent content, qint64 at);

    std::map<QString, RoomLog> m_rooms;
    std::map<std::pair<QString, QString>, std::pair<QString, qint64>> m_byClientId;
};

} // namespace simulation
