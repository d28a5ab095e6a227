// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/ws/listsindemand.h"

namespace rookery::core {
class Hub;
}

namespace rookery::ws {

/// The `room_users_list` frames of 003 and 004:
/// `{"type":"room_users_list","epoch","count","users":[{"id","username"}…]}`, who is online, by name: the
/// first of them, and how many they are in all (THREATS 35). Lives on the reactor's thread.
class UsersLists : public QObject
{
    Q_OBJECT
public:
    explicit UsersLists(const core::Hub *hub, QObject *parent = nullptr);

    /// `epoch` is the room's (Room::epoch).
    QByteArray of(const QString &roomId, const QString &epoch);

private:
    EncodedList made(const QString &roomId) const;

    const core::Hub *m_hub;
    ListsInDemand m_lists;
};

} // namespace rookery::ws
