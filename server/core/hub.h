#pragma once

#include "common/closecode.h"
#include "server/core/broadcast.h"

#include <QHash>
#include <QObject>
#include <QSet>

#include <memory>
#include <unordered_map>
#include <vector>

namespace rookery::core {

/// One socket's place in one room, as the hub sees it (core/feed.h is the implementation).
class RoomListener
{
public:
    virtual ~RoomListener() = default;
    virtual const User &user() const = 0;
    /// Whether the user was a member of the room when the listener was made.
    virtual bool isMember() const = 0;
    /// A live event, in the order in which the store answered. It may jump in seq; the listener heals the gap
    /// itself.
    virtual void publish(const Broadcast &broadcast) = 0;
    /// The new state of a user in the room: of others when they come online or go, of anybody whose
    /// membership changes.
    virtual void memberChanged(const Member &member) = 0;
    /// The listener's user may no longer be here (left, removed). The hub has already let go of it.
    virtual void evicted() = 0;
};

/// One socket's log-in, as the hub sees it (server/ws implements it once per dialect).
class SessionListener
{
public:
    virtual ~SessionListener() = default;
    virtual const User &user() const = 0;
    /// Empty for guests.
    virtual const QString &sessionId() const = 0;
    /// A message in a direct room that this user is one of the two of; also what this user sent.
    virtual void publishDirect(const Broadcast &broadcast) = 0;
    /// The user became a member of this room, or stopped being one.
    virtual void membershipChanged(const Room &room, bool member) = 0;
    /// The session is revoked or the server leaves: say so and close. The listener removes itself from the
    /// hub in its own time.
    virtual void end(CloseCode code, const QString &reason) = 0;
};

/// Who is connected and who listens to what: routes events, membership and presence to sockets. Knows no
/// rules and no dialects, stores nothing. Lives on the reactor's thread. A listener or session may add and
/// remove others, and itself, from inside any call that it gets.
class Hub : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// Sessions and listeners are not owned: who adds one removes it before it dies.
    void addSession(SessionListener *session);
    void removeSession(SessionListener *session);

    /// Presence follows: the first listener of a user in a room makes that user online there, which everybody
    /// else in the room is told; the last one that goes makes the user offline.
    void addListener(const QString &roomId, RoomListener *listener);
    void removeListener(const QString &roomId, RoomListener *listener);

    /// The user became a member of the room or stopped being one: tells the room and the user's sessions, and
    /// evicts the user's listeners from a room that only members may read.
    void noteMembership(const Room &room, const User &user, bool member);

    /// To every listener of the room, and, where the room is direct, to every session of its two users.
    void publish(const Broadcast &broadcast);

    /// Tells every socket of one session to close (4001).
    void endSession(const QString &sessionId, const QString &reason);

    QList<User> onlineIn(const QString &roomId) const;
    bool isOnlineIn(const QString &roomId, const QString &userId) const;
    int sessionCount() const { return int(m_sessions.size()); }

Q_SIGNALS:
    /// Every event that goes out, before the first listener has it.
    void published(const rookery::core::Broadcast &broadcast);

private:
    struct Presence
    {
        User user;
        bool member = false;
        int listeners = 0;
    };
    struct Channel
    {
        std::vector<RoomListener *> listeners; ///< null where one was removed during a dispatch
        QHash<QString, Presence> online; ///< by user id
        int dispatching = 0;
    };
    template <typename Call>
    void forEachListener(const QString &roomId, Call call);
    template <typename Call>
    void forEachSessionOf(const QString &userId, Call call);
    void compact(const QString &roomId);

    QSet<SessionListener *> m_sessions;
    QHash<QString, QSet<SessionListener *>> m_sessionsOfUser;
    std::unordered_map<QString, std::unique_ptr<Channel>>
        m_channels; ///< by room id; those that somebody listens to
};

} // namespace rookery::core
