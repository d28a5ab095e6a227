// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/principal.h"
#include "server/store/store.h"

#include <QPointer>

namespace rookery::core {

class Accounts;
class Hub;
class ReadGate;
class Rooms;

/// A new name or topic of a room; fields that are not set stay as they are.
struct RoomWish
{
    std::optional<QString> name;
    std::optional<QString> topic; ///< empty: none
};

/// Roles, bans, names and topics of rooms. Rooms that the caller may not see are answered as if they did not
/// exist. Permissions are checked by permissions.h inside the store's transaction. Each change counts as one
/// of the caller's messages. Lives on its I/O thread; answers as Accounts does.
class Moderation : public QObject
{
    Q_OBJECT
public:
    Moderation(store::Store *store, Accounts *accounts, Rooms *rooms, Hub *hub, const Limits &limits,
        ReadGate *reads, QObject *parent = nullptr);

    /// Changes a user's role in a room (permissions.h); None removes a member or lifts a ban.
    /// Forbidden, NotFound (room; `user`: no such user, or no member), InvalidField (`role`).
    void setRole(const Principal &principal, const QString &idOrName, const QString &userIdOrName, Role role,
        QObject *context, Done<Member> done);
    /// As setRole() with Role::None; of oneself, as Rooms::leave().
    void remove(const Principal &principal, const QString &idOrName, const QString &userIdOrName,
        QObject *context, Done<Nothing> done);
    /// A page of who is banned from the room, for those who may lift bans. Forbidden, NotFound, InvalidField (`after`).
    void bans(const Principal &principal, const QString &idOrName, const QString &after, int limit,
        QObject *context, Done<BanPage> done);
    /// Forbidden (also to rename the lobby), MissingField, InvalidField (`name`, `topic`), NameTaken.
    void change(const Principal &principal, const QString &idOrName, const RoomWish &wish, QObject *context,
        Done<Room> done);

private:
    void setRoleOf(const Principal &principal, const Room &room, const User &user, Role role,
        QObject *context, Done<Member> done);
    void changeNow(const Principal &principal, store::RoomChange change, QObject *context, Done<Room> done);

    store::Store *m_store;
    Accounts *m_accounts;
    Rooms *m_rooms;
    Hub *m_hub;
    ReadGate *m_reads;
    Limits m_limits;
};

} // namespace rookery::core
