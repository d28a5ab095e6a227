// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/room/userslists.h"

#include "common/jsoncodec.h"
#include "common/pagebounds.h"
#include "server/core/live/hub.h"

#include <algorithm>

namespace rookery::ws {

namespace {

EncodedList::Key keyOf(const User &user)
{
    return {false, user.name, user.id};
}

QByteArray jsonOf(const User &user)
{
    JsonWriter json(160);
    json::write(json, user);
    return json.take();
}

bool applyToUsers(EncodedList &list, const core::MemberChange &change)
{
    const Member &member = change.member();
    if (member.online)
        list.put(keyOf(member.user), jsonOf(member.user));
    else
        list.remove(keyOf(member.user));
    return true;
}

QByteArray frameOf(const EncodedList &list, const QString &epoch)
{
    const QByteArray users = list.items(pages::listedUsers);
    return JsonWriter(users.size() + 128)
        .beginObject()
        .field(QLatin1String("count"), qint64(list.size()))
        .field(QLatin1String("epoch"), epoch)
        .field(QLatin1String("type"), QLatin1String("room_users_list"))
        .name(QLatin1String("users"))
        .beginArray()
        .raw(users)
        .endArray()
        .endObject()
        .take();
}

} // namespace

UsersLists::UsersLists(const core::Hub *hub, QObject *parent)
    : QObject(parent)
    , m_hub(hub)
    , m_lists(applyToUsers)
{
    connect(hub, &core::Hub::memberChanged, this, [this](const core::MemberChange &change) {
        if (change.what() == core::MemberChange::What::Presence)
            m_lists.note(change);
    });
    connect(hub, &core::Hub::roomForgotten, this, [this](const QString &roomId) { m_lists.forget(roomId); });
}

QByteArray UsersLists::of(const QString &roomId, const QString &epoch)
{
    if (const EncodedList *kept = m_lists.find(roomId))
        return frameOf(*kept, epoch);
    EncodedList list = made(roomId);
    QByteArray frame = frameOf(list, epoch);
    m_lists.keep(roomId, std::move(list));
    return frame;
}

EncodedList UsersLists::made(const QString &roomId) const
{
    QList<User> users = m_hub->onlineIn(roomId);
    std::sort(users.begin(), users.end(), [](const User &a, const User &b) { return keyOf(a) < keyOf(b); });
    EncodedList list;
    for (const User &user : std::as_const(users))
        list.put(keyOf(user), jsonOf(user));
    return list;
}

} // namespace rookery::ws
