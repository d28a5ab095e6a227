#include "server/ws/memberslists.h"

#include "common/jsoncodec.h"
#include "server/core/core.h"
#include "server/core/hub.h"
#include "server/core/rooms.h"

#include <algorithm>
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

void apply(EncodedList &list, const Member &member)
{
    list.remove(keyOf(member.user, !member.online));
    const EncodedList::Key key = keyOf(member.user, member.online);
    if (member.online || member.member)
        list.put(key, jsonOf(member));
    else
        list.remove(key);
}

EncodedList made(const QList<Member> &members)
{
    std::vector<std::pair<EncodedList::Key, const Member *>> sorted;
    sorted.reserve(size_t(members.size()));
    for (const Member &member : members)
        sorted.emplace_back(keyOf(member.user, member.online), &member);
    std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    EncodedList list;
    for (const auto &[key, member] : sorted)
        list.put(key, jsonOf(*member));
    return list;
}

} // namespace

MembersLists::MembersLists(const core::Core &core, QObject *parent)
    : QObject(parent)
    , m_rooms(core.rooms)
    , m_lists(apply)
{
    connect(core.hub, &core::Hub::memberChanged, this, &MembersLists::note);
}

void MembersLists::of(const Room &room, QObject *context, Done done)
{
    if (const EncodedList *kept = m_lists.find(room.id)) {
        const QByteArray items = kept->items();
        done(items);
        return;
    }
    const auto [reading, first] = m_readings.try_emplace(room.id);
    reading->second.askers.push_back({context, std::move(done)});
    if (first)
        m_rooms->members(room, this,
            [this, roomId = room.id](const Result<QList<Member>> &members) { read(roomId, members); });
}

void MembersLists::note(const core::MemberChange &change)
{
    const auto reading = m_readings.find(change.roomId());
    if (reading != m_readings.end())
        reading->second.changes.push_back(change.member());
    else
        m_lists.note(change.roomId(), change.member());
}

void MembersLists::read(const QString &roomId, const Result<QList<Member>> &members)
{
    const Reading reading = std::move(m_readings.extract(roomId).mapped());
    Result<QByteArray> items = QByteArray();
    if (members) {
        EncodedList list = made(*members);
        for (const Member &member : reading.changes)
            apply(list, member);
        items = list.items();
        m_lists.keep(roomId, std::move(list));
    } else {
        items = members.error();
    }
    for (const Asker &asker : reading.askers) {
        if (asker.context)
            asker.done(items);
    }
}

} // namespace rookery::ws
