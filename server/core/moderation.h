// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/principal.h"
#include "server/store/store.h"

#include <QPointer>

namespace rookery::core {

using store::Done;

class Accounts;
class Hub;
class ReadGate;
class Rooms;

/// What a room is to be called, and what it is about; what is not given stays.
struct RoomWish
{
    std::optional<QString> name;
    std::optional<QString> topic; ///< empty: none
};

/// Who is what in a room, and what it is called and about. What the caller may not see is answered as if it
/// did not exist; who may do the rest is in permissions.h, which the store asks within the transaction. Each
/// change counts as one of the caller's messages. Lives on its I/O thread; answers as Accounts does.
class Moderation : public QObject
{
    Q_OBJECT
public:
    Moderation(store::Store *store, Accounts *accounts, Rooms *rooms, const Hub *hub, const Limits &limits,
        ReadGate *reads, QObject *parent = nullptr);

    /// Makes somebody something else in a room (permissions.h); None removes a member or lifts a ban.
    /// Forbidden, NotFound (room; `user`: no such user, or no member), InvalidField (`role`).
    void setRole(const Principal &principal, const QString &idOrName, const QString &userIdOrName, Role role,
        QObject *context, Done<Member> done);
    /// The same as to make them Role::None, and leave() of oneself.
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
    const Hub *m_hub;
    ReadGate *m_reads;
    Limits m_limits;
};

} // namespace rookery::core
