#pragma once

#include "common/messages.h"

#include <QByteArray>
#include <QHash>
#include <QObject>

#include <unordered_map>
#include <vector>

namespace rookery::core {
class Hub;
}

namespace rookery::ws {

/// One socket that hears `user_join` and `user_leave`.
class AudienceMember
{
public:
    virtual ~AudienceMember() = default;
    virtual const User &audienceUser() const = 0;
    /// Somebody else came online in the room or went.
    virtual void presenceChanged(const QByteArray &frame) = 0;
};

/// Who the sockets of 003 and 004 have been told is in each room. The hub speaks of every change of a
/// member's state; here it becomes one join or leave per user, encoded once, and the state is kept once per
/// room and not once per socket. Lives on the reactor's thread.
class RoomAudiences : public QObject
{
    Q_OBJECT
public:
    explicit RoomAudiences(const core::Hub *hub, QObject *parent = nullptr);

    /// Adds a socket whose user is online in the room already; answers the room's `room_users_list` frame.
    /// The socket hears every change after it.
    QByteArray enter(const QString &roomId, AudienceMember *socket);
    /// Does nothing for a socket that is not there.
    void leave(const QString &roomId, AudienceMember *socket);

private:
    /// Something about this user has changed: where it is the presence, the others are told, once, however
    /// often this is called.
    void userChanged(const QString &roomId, const User &user);

    struct Audience
    {
        std::vector<AudienceMember *> sockets;
        QHash<QString, User> online; ///< by id, as the sockets have been told
        QByteArray usersList; ///< the frame of `online`, empty where it has to be made anew
    };

    const core::Hub *m_hub;
    std::unordered_map<QString, Audience> m_audiences; ///< by room id; only rooms with sockets
};

} // namespace rookery::ws
