// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "server/bus/notices.h"

#include <memory>
#include <vector>

namespace rookery::core {

/// The other hubs through which a user is online in a room: nearly always none or one.
class HubSet
{
public:
    HubSet() = default;
    HubSet(const HubSet &other);
    HubSet(HubSet &&) noexcept = default;
    HubSet &operator=(HubSet other) noexcept;
    ~HubSet() = default;

    void insert(bus::HubId hub);
    void remove(bus::HubId hub);
    bool isEmpty() const { return m_first == 0; }

private:
    bus::HubId m_first = 0;
    std::unique_ptr<std::vector<bus::HubId>> m_more;
};

/// How one user is present in one room.
struct Presence
{
    User user;
    Role role = Role::None;
    int listeners = 0; ///< on this thread
    HubSet others = {}; ///< that have listeners of this user

    bool online() const { return listeners > 0 || !others.isEmpty(); }
};

/// Who is online in one room. A sorted list: nearly every room has a few users, and a hash would reserve some
/// 5 KB for each room on each thread.
class PresenceList
{
public:
    /// Null if the user is not in it. Valid until the next change of the list.
    Presence *find(const QString &userId);
    const Presence *find(const QString &userId) const;
    Presence &insertOrFind(const User &user);
    void remove(const QString &userId);
    /// Replaces what is known of other hubs. Returns who is online by that and was not, and the reverse.
    QList<Member> replaceOthers(QList<bus::Present> present);

    bool isEmpty() const { return m_list.isEmpty(); }
    const QList<Presence> &all() const { return m_list; }
    /// Users with larger ids, at most `most`, in the order of their ids.
    QList<Member> after(const QString &userId, qsizetype most) const;

private:
    QList<Presence> m_list; ///< by user id
};

} // namespace rookery::core

Q_DECLARE_TYPEINFO(rookery::core::Presence, Q_RELOCATABLE_TYPE);
