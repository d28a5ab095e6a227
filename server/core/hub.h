#pragma once

#include "common/closecode.h"
#include "server/bus/bus.h"
#include "server/core/broadcast.h"
#include "server/core/memberchange.h"

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
    /// Whether memberChanged() is called; constant.
    virtual bool hearsMembers() const = 0;
    /// A live event, in the order of the commits. It may jump in seq; the listener heals the gap itself.
    virtual void publish(const Broadcast &broadcast) = 0;
    /// The new state of a user in the room: of others when they come online or go, of anybody whose
    /// membership changes.
    virtual void memberChanged(const MemberChange &change) = 0;
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

/// Who is connected to this thread and who listens to what: routes events, membership and presence to
/// sockets. What concerns sockets of other threads too goes over the bus, which brings theirs. Knows no rules
/// and no dialects, stores nothing. Lives on its I/O thread. A listener or session may add and remove others,
/// and itself, from inside any call that it gets.
class Hub : public QObject
{
    Q_OBJECT
public:
    /// Without a bus it is alone.
    explicit Hub(bus::Bus *bus = nullptr, QObject *parent = nullptr);
    ~Hub() override;

    /// Sessions and listeners are not owned: who adds one removes it before it dies.
    void addSession(SessionListener *session);
    void removeSession(SessionListener *session);

    /// Presence follows: the first listener of a user in a room, on whatever thread, makes that user online
    /// there, which everybody else in the room is told; the last one that goes makes the user offline.
    void addListener(const QString &roomId, RoomListener *listener);
    void removeListener(const QString &roomId, RoomListener *listener);

    /// The user became a member of the room or stopped being one: tells the room and the user's sessions, and
    /// evicts the user's listeners from a room that only members may read; on every thread.
    void noteMembership(const Room &room, const User &user, bool member);
    /// Tells every socket of one session to close (4001), on every thread.
    void endSession(const QString &sessionId, const QString &reason);

    /// To every listener of the room on this thread, and, where the room is direct, to every session of its
    /// two users. The bus calls it with every event that is committed.
    void publish(const Broadcast &broadcast);

    /// Whether some thread is so far behind with its deliveries that nothing new should come in for a while.
    bool isCongested() const { return m_bus && m_bus->isCongested(); }

    /// On whatever thread.
    QList<User> onlineIn(const QString &roomId) const;
    bool isOnlineIn(const QString &roomId, const QString &userId) const;
    /// On this thread.
    int sessionCount() const { return int(m_sessions.size()); }

Q_SIGNALS:
    /// Every event that goes out, before the first listener has it.
    void published(const rookery::core::Broadcast &broadcast);
    /// Every change of a member that goes out, once, after the listeners have it.
    void memberChanged(const rookery::core::MemberChange &change);

private:
    struct Presence
    {
        User user;
        bool member = false;
        int listeners = 0; ///< on this thread
        int otherHubs = 0; ///< that have listeners of this user
    };
    struct Channel
    {
        std::vector<RoomListener *> listeners; ///< null where one was removed during a dispatch
        std::vector<RoomListener *> membersListeners; ///< those of them that hear of members; null likewise
        QHash<QString, Presence> online; ///< by user id
        int dispatching = 0;
        bool holes = false; ///< in one of the two
    };
    using Listeners = std::vector<RoomListener *> Channel::*;

    Channel &channelOf(const QString &roomId);
    void hear(const bus::Notice &notice);
    void take(const bus::EventCommitted &notice);
    void take(const bus::MembershipChanged &notice);
    void take(const bus::PresenceChanged &notice);
    void take(const bus::SessionEnded &notice);
    void say(bus::Notice notice);

    void applyMembership(const Room &room, const User &user, bool member);
    void evict(const QString &roomId, const User &user);
    void applyEnd(const QString &sessionId, const QString &reason);
    /// `self`: whether the user's own sockets hear it, too.
    void tellMembers(const QString &roomId, const Member &member, bool self);

    template <typename Call>
    void forEachListener(const QString &roomId, Listeners which, Call call);
    template <typename Call>
    void forEachSessionOf(const QString &userId, Call call);
    void compact(const QString &roomId);

    bus::Bus *m_bus;
    QSet<SessionListener *> m_sessions;
    QHash<QString, QSet<SessionListener *>> m_sessionsOfUser;
    /// By room id; those that somebody listens to, on whatever thread.
    std::unordered_map<QString, std::unique_ptr<Channel>> m_channels;
};

} // namespace rookery::core
