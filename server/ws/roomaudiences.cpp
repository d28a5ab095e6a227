#include "server/ws/roomaudiences.h"

#include "server/core/hub.h"
#include "server/ws/roomframes.h"

#include <algorithm>

namespace rookery::ws {

RoomAudiences::RoomAudiences(const core::Hub *hub, QObject *parent)
    : QObject(parent)
    , m_hub(hub)
{
    connect(hub, &core::Hub::memberChanged, this,
        [this](const core::MemberChange &change) { userChanged(change.roomId(), change.member().user); });
}

QByteArray RoomAudiences::enter(const QString &roomId, AudienceMember *socket)
{
    userChanged(roomId, socket->audienceUser());
    const auto [found, first] = m_audiences.try_emplace(roomId);
    Audience &audience = found->second;
    if (first) {
        const auto online = m_hub->onlineIn(roomId);
        for (const User &user : online)
            audience.online.insert(user.id, user);
    }
    audience.sockets.push_back(socket);
    if (audience.usersList.isEmpty())
        audience.usersList = roomframes::usersList(audience.online.values());
    return audience.usersList;
}

void RoomAudiences::leave(const QString &roomId, AudienceMember *socket)
{
    const auto found = m_audiences.find(roomId);
    if (found == m_audiences.end())
        return;
    std::erase(found->second.sockets, socket);
    if (found->second.sockets.empty())
        m_audiences.erase(found);
}

void RoomAudiences::userChanged(const QString &roomId, const User &user)
{
    const auto found = m_audiences.find(roomId);
    if (found == m_audiences.end())
        return;
    Audience &audience = found->second;
    const bool online = m_hub->isOnlineIn(roomId, user.id);
    if (online == audience.online.contains(user.id))
        return;
    if (online)
        audience.online.insert(user.id, user);
    else
        audience.online.remove(user.id);
    audience.usersList.clear();
    const QByteArray frame = online ? roomframes::userJoin(user) : roomframes::userLeave(user);
    for (AudienceMember *socket : audience.sockets) {
        if (socket->audienceUser().id != user.id)
            socket->presenceChanged(frame);
    }
}

} // namespace rookery::ws
