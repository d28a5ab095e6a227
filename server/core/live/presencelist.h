// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

namespace rookery::core {

/// How one user is present in one room.
struct Presence
{
    User user;
    Role role = Role::None;
    int listeners = 0; ///< on this thread
    int otherHubs = 0; ///< that have listeners of this user

    bool online() const { return listeners + otherHubs > 0; }
};

/// Who is online in one room. A sorted list, because nearly every room holds a few, in which a hash makes
/// room for dozens: some 5 KB per room, on each thread.
class PresenceList
{
public:
    /// Null where the user is not in it. Good until the next insertOrFind() or remove().
    Presence *find(const QString &userId);
    const Presence *find(const QString &userId) const;
    Presence &insertOrFind(const User &user);
    void remove(const QString &userId);

    bool isEmpty() const { return m_list.isEmpty(); }
    const QList<Presence> &all() const { return m_list; }
    /// Those whose ids come after this one, at most so many.
    QList<Member> after(const QString &userId, qsizetype most) const;

private:
    QList<Presence> m_list; ///< by user id
};

} // namespace rookery::core

Q_DECLARE_TYPEINFO(rookery::core::Presence, Q_RELOCATABLE_TYPE);
