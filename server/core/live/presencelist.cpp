// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/presencelist.h"

#include <algorithm>
#include <utility>

namespace rookery::core {

namespace {

/// The position of the user, or where to insert them.
template <typename List>
auto placeOf(List &list, const QString &userId)
{
    return std::lower_bound(list.begin(), list.end(), userId,
        [](const Presence &presence, const QString &id) { return presence.user.id < id; });
}

} // namespace

HubSet::HubSet(const HubSet &other)
    : m_first(other.m_first)
    , m_more(other.m_more ? std::make_unique<std::vector<bus::HubId>>(*other.m_more) : nullptr)
{ }

HubSet &HubSet::operator=(HubSet other) noexcept
{
    std::swap(m_first, other.m_first);
    std::swap(m_more, other.m_more);
    return *this;
}

void HubSet::insert(bus::HubId hub)
{
    if (m_first == 0)
        m_first = hub;
    if (m_first == hub || (m_more && std::ranges::find(*m_more, hub) != m_more->end()))
        return;
    if (!m_more)
        m_more = std::make_unique<std::vector<bus::HubId>>();
    m_more->push_back(hub);
}

void HubSet::remove(bus::HubId hub)
{
    if (m_first != hub) {
        if (m_more)
            std::erase(*m_more, hub);
        return;
    }
    m_first = 0;
    if (m_more && !m_more->empty()) {
        m_first = m_more->back();
        m_more->pop_back();
    }
}

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

QList<Member> PresenceList::replaceOthers(QList<bus::Present> present)
{
    std::ranges::stable_sort(
        present, {}, [](const bus::Present &one) -> const QString & { return one.user.id; });
    QList<Member> changes;
    QList<Presence> before = std::exchange(m_list, {});
    auto known = before.begin();
    // Takes over the users known before, up to this id.
    const auto keepUpTo = [&](const QString *userId) {
        for (; known != before.end() && (!userId || known->user.id < *userId); ++known) {
            known->others = {};
            if (known->online())
                m_list.append(std::move(*known));
            else
                changes.append({known->user, known->role, false});
        }
    };
    for (const bus::Present &one : std::as_const(present)) {
        if (m_list.isEmpty() || m_list.last().user.id != one.user.id) {
            keepUpTo(&one.user.id);
            if (known != before.end() && known->user.id == one.user.id) {
                known->others = {};
                m_list.append(std::move(*known++));
            } else {
                m_list.append({one.user, one.role});
                changes.append({one.user, one.role, true});
            }
        }
        m_list.last().others.insert(one.hub);
    }
    keepUpTo(nullptr);
    return changes;
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
