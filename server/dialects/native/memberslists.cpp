// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/memberslists.h"

#include "common/jsoncodec.h"
#include "common/pagebounds.h"
#include "server/core/core.h"
#include "server/core/live/hub.h"
#include "server/core/rooms.h"

#include <utility>

namespace rookery::ws {

namespace {

EncodedList::Key keyOf(const User &user, bool online)
{
    return {!online, user.name.toCaseFolded(), user.id};
}

QByteArray jsonOf(const Member &member)
{
    JsonWriter json(192);
    json::write(json, member);
    return json.take();
}

bool applyToMembers(EncodedList &list, const core::MemberChange &change)
{
    const Member &member = change.member();
    if (change.what() == core::MemberChange::What::Membership)
        list.count += member.isMember() ? 1 : -1;
    const EncodedList::Key key = keyOf(member.user, member.online);
    const EncodedList::Key other = keyOf(member.user, !member.online);
    const bool wasIn = list.contains(key) || list.contains(other);
    list.remove(other);
    // An incomplete list does not gain offline members: those left out before stay left out.
    if (member.online || (member.isMember() && (list.isWhole || wasIn)))
        list.put(key, jsonOf(member));
    else
        list.remove(key);
    if (list.size() > pages::frameMembers) {
        list.trim(pages::frameMembers);
        list.isWhole = false;
    }
    return list.isWhole || list.size() > pages::frameMembers / 2;
}

/// The page comes in the list's order.
EncodedList made(const core::MembersPage &page)
{
    EncodedList list;
    for (const Member &member : page.members)
        list.put(keyOf(member.user, member.online), jsonOf(member));
    list.isWhole = page.next.isEmpty();
    list.count = page.count;
    return list;
}

MembersLists::First firstOf(const EncodedList &list)
{
    return {list.items(), list.count, list.isWhole};
}

} // namespace

MembersLists::MembersLists(const core::Core &core, QObject *parent)
    : QObject(parent)
    , m_rooms(core.rooms)
    , m_lists(applyToMembers)
{
    connect(core.hub, &core::Hub::memberChanged, this,
        [this](const core::MemberChange &change) { m_lists.note(change); });
    connect(
        core.hub, &core::Hub::roomForgotten, this, [this](const QString &roomId) { m_lists.forget(roomId); });
}

void MembersLists::of(const Room &room, QObject *context, Listed done)
{
    if (const EncodedList *kept = m_lists.find(room.id)) {
        const First first = firstOf(*kept);
        done(first);
        return;
    }
    const auto [reading, isFirst] = m_readings.try_emplace(room.id);
    reading->second.push_back({context, std::move(done)});
    if (isFirst)
        m_rooms->members(room, {}, pages::frameMembers, this,
            [this, roomId = room.id](const Result<core::MembersPage> &page) { read(roomId, page); });
}

void MembersLists::read(const QString &roomId, const Result<core::MembersPage> &page)
{
    const std::vector<Asker> askers = std::move(m_readings.extract(roomId).mapped());
    Result<First> first = First();
    if (page) {
        EncodedList list = made(*page);
        first = firstOf(list);
        m_lists.keep(roomId, std::move(list));
    } else {
        first = page.error();
    }
    for (const Asker &asker : askers) {
        if (asker.context)
            asker.done(first);
    }
}

} // namespace rookery::ws
