// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/presencelist.h"

#include <algorithm>

namespace rookery::core {

namespace {

/// Where the user is, or would be.
template <typename List>
auto placeOf(List &list, const QString &userId)
{
    return std::lower_bound(list.begin(), list.end(), userId,
        [](const Presence &presence, const QString &id) { return presence.user.id < id; });
}

} // namespace

Presence *PresenceList::find(const QString &userId)
{
    const auto place = placeOf(m_list, userId);
    return place != m_list.end() && place->user.id == userId ? &*place : nullptr;
}

const Presence *PresenceList::find(const QString &userId) const
{
    const auto place = placeOf(m_list, userId);
    return place != m_list.end() && place->user.id == userId ? &*place : nullptr;
}

Presence &PresenceList::insertOrFind(const User &user)
{
    const auto place = placeOf(m_list, user.id);
    if (place != m_list.end() && place->user.id == user.id)
        return *place;
    return *m_list.insert(place, Presence{user});
}

void PresenceList::remove(const QString &userId)
{
    const auto place = placeOf(m_list, userId);
    if (place != m_list.end() && place->user.id == userId)
        m_list.erase(place);
}

QList<Member> PresenceList::after(const QString &userId, qsizetype most) const
{
    auto place = placeOf(m_list, userId);
    if (place != m_list.end() && place->user.id == userId)
        ++place;
    QList<Member> members;
    for (; place != m_list.end() && members.size() < most; ++place)
        members.append({place->user, place->role, true});
    return members;
}

} // namespace rookery::core
