// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/presencenews.h"

#include <algorithm>
#include <iterator>

namespace rookery::core {

namespace {

/// Older ones are forgotten: listeners that were added in between are told in any case.
constexpr size_t flipsKept = 8;
/// The size of a frame without the user's name.
constexpr qsizetype frameBytes = 180;

} // namespace

bool PresenceNews::Change::knownSince(quint64 then) const
{
    if (isCut && then < flips.front())
        return !member.online;
    const auto later = std::ranges::count_if(flips, [then](quint64 flip) { return flip > then; });
    return member.online != (later % 2 != 0);
}

void PresenceNews::note(const Member &member)
{
    const auto known = m_byUser.constFind(member.user.id);
    if (known == m_byUser.cend()) {
        m_changes.push_back({member, !member.online, {++m_count}, false});
        m_byUser.insert(member.user.id, std::prev(m_changes.end()));
        return;
    }
    const Changes::iterator change = *known;
    change->member = member;
    change->flips.push_back(++m_count);
    if (change->flips.size() > flipsKept) {
        change->flips.erase(change->flips.begin());
        change->isCut = true;
    }
}

void PresenceNews::noteMembership(const QString &userId, Role role)
{
    const auto known = m_byUser.constFind(userId);
    if (known != m_byUser.cend())
        (*known)->member.role = role;
}

std::list<PresenceNews::Change> PresenceNews::take(const QString &userId)
{
    Changes taken;
    const auto known = m_byUser.constFind(userId);
    if (known != m_byUser.cend()) {
        taken.splice(taken.begin(), m_changes, *known);
        m_byUser.erase(known);
    }
    return taken;
}

std::list<PresenceNews::Change> PresenceNews::take(qsizetype bytes)
{
    Changes taken;
    while (!m_changes.empty() && bytes > 0) {
        const User &user = m_changes.front().member.user;
        bytes -= frameBytes + user.name.size();
        m_byUser.remove(user.id);
        taken.splice(taken.end(), m_changes, m_changes.begin());
    }
    return taken;
}

void PresenceNews::came(const RoomListener *listener)
{
    if (!m_changes.empty())
        m_newcomers.insert(listener, ++m_count);
}

} // namespace rookery::core
